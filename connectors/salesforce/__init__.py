"""The way to Salesforce: the only package that speaks through simple_salesforce.

One call, for example ``iterate_records(client, soql)``, passes through

1. ``query``: asks the client's unmodified ``simple_salesforce.Salesforce`` for the
   first page; ``soql`` has built the statement from trusted names and quoted values;
2. simple-salesforce: makes the URL and calls its session, which is ours;
3. ``session``: puts the newest session id on the request, checks that the URL stays
   on the organisation's host (``hosts``), renews the session once after a 401 and
   repeats what may be repeated (``retry``);
4. ``adapter`` and ``sockets``: TLS with a verified certificate, time-outs, a deadline
   for the whole answer, no redirects, no address inside the network;
5. ``bodies``: reads the answer to its proven end, or raises;
6. ``answers``: tells the usage meter, and turns errors, by the table in
   ``error_rules``, into one of ``errors``; what is not Salesforce's is refused;
7. back in ``query``: records, page by page.

Times, sleeping and the meter come in through ``Network``. Nothing here knows Django.
"""

from connectors.salesforce.bulk_ingest import (
    LARGEST_UPLOAD_BYTES,
    close_upload,
    iterate_failed,
    iterate_successful,
    iterate_unprocessed,
    parse_row_error,
    start_ingest,
    successful_chunks,
    upload_rows,
)
from connectors.salesforce.bulk_jobs import (
    BulkJob,
    abort_job,
    delete_job,
    iterate_jobs,
    read_job,
    wait_for_job,
)
from connectors.salesforce.bulk_query import (
    ResultPage,
    fetch_result_page,
    iterate_result_pages,
    iterate_result_rows,
    start_query,
)
from connectors.salesforce.campaigns import (
    Campaign,
    find_campaigns,
    list_member_statuses,
    read_campaign,
)
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.collection_writes import (
    LARGEST_COLLECTION,
    RowOutcome,
    WriteOptions,
    delete_records,
    insert_records,
    update_records,
    upsert_records,
)
from connectors.salesforce.csv_rows import bulk_csv_writer, iterate_cells
from connectors.salesforce.describe import (
    FieldDescription,
    ObjectDescription,
    ObjectSummary,
    PicklistValue,
    describe_object,
    list_objects,
)
from connectors.salesforce.error_rules import error_from_code
from connectors.salesforce.errors import (
    AccessError,
    AuthenticationError,
    AuthorizationError,
    BulkJobAbortedError,
    BulkJobError,
    BulkJobFailedError,
    BulkJobTimeoutError,
    CertificateError,
    ConcurrencyError,
    ConvertedLeadError,
    DeadlineError,
    DeletedRecordError,
    DuplicateError,
    HostError,
    IncompleteBodyError,
    LimitError,
    LoginHoursError,
    MultipleMatchesError,
    NetworkError,
    NotFoundError,
    OrganisationChangedError,
    ProtocolError,
    QueryError,
    RecordError,
    ReportUnavailableError,
    ResultsExpiredError,
    RowLockError,
    SalesforceError,
    SchemaError,
    ServerError,
    StorageLimitError,
    TooLargeError,
    TransientError,
    UnexpectedRedirectError,
    UnknownOutcomeError,
    UnreachableError,
    VersionError,
)
from connectors.salesforce.grants import Grant, Tokens
from connectors.salesforce.hosts import base_url, check_host
from connectors.salesforce.ids import normalise_id
from connectors.salesforce.limits import ApiLimits, read_api_limits
from connectors.salesforce.login import Login, log_in
from connectors.salesforce.network import ApiCall, Network, RetryPolicy, Timeouts
from connectors.salesforce.oauth import (
    ClientApp,
    authorize_url,
    exchange_code,
    make_verifier,
    refresh_tokens,
    revoke_token,
)
from connectors.salesforce.oauth_errors import error_from_oauth
from connectors.salesforce.organisation import Organisation, read_organisation
from connectors.salesforce.provisional_ids import is_provisional
from connectors.salesforce.query import RecordPage, count_records, iterate_pages, iterate_records
from connectors.salesforce.record_writes import update_record, upsert_record
from connectors.salesforce.reports import (
    LARGEST_RUN,
    Report,
    ReportCell,
    ReportColumn,
    ReportRows,
    ReportSummary,
    describe_report,
    find_reports,
    read_report,
    run_report,
)
from connectors.salesforce.soql import (
    AllOf,
    AnyOf,
    Condition,
    Like,
    build_count,
    build_select,
    build_selects_in,
    contains,
    starts_with,
)
from connectors.salesforce.stand_in import UnansweredWriteError, Write, WriteStandIn
from connectors.salesforce.version import API_VERSION

__all__ = [
    "API_VERSION",
    "LARGEST_COLLECTION",
    "LARGEST_RUN",
    "LARGEST_UPLOAD_BYTES",
    "AccessError",
    "AllOf",
    "AnyOf",
    "ApiCall",
    "ApiLimits",
    "AuthenticationError",
    "AuthorizationError",
    "BulkJob",
    "BulkJobAbortedError",
    "BulkJobError",
    "BulkJobFailedError",
    "BulkJobTimeoutError",
    "Campaign",
    "CertificateError",
    "ClientApp",
    "ConcurrencyError",
    "Condition",
    "ConvertedLeadError",
    "DeadlineError",
    "DeletedRecordError",
    "DuplicateError",
    "FieldDescription",
    "Grant",
    "HostError",
    "IncompleteBodyError",
    "Like",
    "LimitError",
    "Login",
    "LoginHoursError",
    "MultipleMatchesError",
    "Network",
    "NetworkError",
    "NotFoundError",
    "ObjectDescription",
    "ObjectSummary",
    "Organisation",
    "OrganisationChangedError",
    "PicklistValue",
    "ProtocolError",
    "QueryError",
    "RecordError",
    "RecordPage",
    "Report",
    "ReportCell",
    "ReportColumn",
    "ReportRows",
    "ReportSummary",
    "ReportUnavailableError",
    "ResultPage",
    "ResultsExpiredError",
    "RetryPolicy",
    "RowLockError",
    "RowOutcome",
    "SalesforceClient",
    "SalesforceError",
    "SchemaError",
    "ServerError",
    "StorageLimitError",
    "Timeouts",
    "Tokens",
    "TooLargeError",
    "TransientError",
    "UnansweredWriteError",
    "UnexpectedRedirectError",
    "UnknownOutcomeError",
    "UnreachableError",
    "VersionError",
    "Write",
    "WriteOptions",
    "WriteStandIn",
    "abort_job",
    "authorize_url",
    "base_url",
    "build_count",
    "build_select",
    "build_selects_in",
    "bulk_csv_writer",
    "check_host",
    "close_upload",
    "contains",
    "count_records",
    "delete_job",
    "delete_records",
    "describe_object",
    "describe_report",
    "error_from_code",
    "error_from_oauth",
    "exchange_code",
    "fetch_result_page",
    "find_campaigns",
    "find_reports",
    "insert_records",
    "is_provisional",
    "iterate_cells",
    "iterate_failed",
    "iterate_jobs",
    "iterate_pages",
    "iterate_records",
    "iterate_result_pages",
    "iterate_result_rows",
    "iterate_successful",
    "iterate_unprocessed",
    "list_member_statuses",
    "list_objects",
    "log_in",
    "make_verifier",
    "normalise_id",
    "parse_row_error",
    "read_api_limits",
    "read_campaign",
    "read_job",
    "read_organisation",
    "read_report",
    "refresh_tokens",
    "revoke_token",
    "run_report",
    "start_ingest",
    "start_query",
    "starts_with",
    "successful_chunks",
    "update_record",
    "update_records",
    "upload_rows",
    "upsert_record",
    "upsert_records",
    "wait_for_job",
]
