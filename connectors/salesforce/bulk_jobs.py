"""Jobs of the Bulk API 2.0: reading their state, waiting for their end, aborting them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from connectors.salesforce.client import SalesforceClient, field_of
from connectors.salesforce.errors import (
    BulkJobAbortedError,
    BulkJobError,
    BulkJobFailedError,
    BulkJobTimeoutError,
    NotFoundError,
    ResultsExpiredError,
    SalesforceError,
    TooLargeError,
    UnknownOutcomeError,
)
from connectors.salesforce.ids import normalise_id

Kind: TypeAlias = Literal["query", "ingest"]

# A few thousand rows are done at once; so many times longer is each pause than the one before.
_FIRST_POLL_SECONDS = 0.2
_LONGER_EACH_TIME = 1.8
_LONGEST_POLL_SECONDS = 30.0
# Salesforce notes a job's creation in whole seconds.
_CREATION_GRACE = timedelta(seconds=1)
_UNCLAIMED = {"query": frozenset({"UploadComplete", "InProgress"}), "ingest": frozenset({"Open"})}
# A query is given two minutes to begin. Its results are then fetched in up to 30 attempts, of
# which an organisation of an older release makes 15 ("How Bulk Queries Are Processed").
_TOO_MUCH = ("QUERY_TIMEOUT", "OPERATION_TOO_LARGE", "Retried more than")
_ENDED = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(frozen=True)
class BulkJob:
    """A job as Salesforce last described it; ``state`` is Salesforce's word.

    JobComplete does not say that the rows succeeded: ``records_failed`` counts
    those that did not (they are part of ``records_processed``).
    """

    id: str
    kind: Kind
    state: str
    operation: str
    sobject_type: str
    created_at: datetime
    created_by_id: str
    records_processed: int
    records_failed: int
    error_message: str

    @property
    def path(self) -> str:
        """The job's place below ``/services/data/vNN.0/``."""
        return f"jobs/{self.kind}/{self.id}"

    @property
    def is_complete(self) -> bool:
        """Whether Salesforce has looked at every row, and counts them."""
        return self.state == "JobComplete"


def job_from(kind: Kind, answer: Any) -> BulkJob:
    """Build a job from Salesforce's JSON; counters are absent until the job runs."""
    return BulkJob(
        id=normalise_id(field_of(answer, "id")),
        kind=kind,
        state=field_of(answer, "state"),
        operation=field_of(answer, "operation"),
        sobject_type=answer.get("object") or "",
        created_at=datetime.strptime(answer["createdDate"], "%Y-%m-%dT%H:%M:%S.%f%z"),
        created_by_id=normalise_id(answer["createdById"]),
        records_processed=answer.get("numberRecordsProcessed") or 0,
        records_failed=answer.get("numberRecordsFailed") or 0,
        error_message=answer.get("errorMessage") or "",
    )


def read_job(client: SalesforceClient, kind: Kind, job_id: str) -> BulkJob:
    """Return the job's present state (one API call).

    Raises ResultsExpiredError when the job is gone: Salesforce keeps one for 7 days.
    """
    with gone_when_not_found():
        return job_from(kind, client.get(f"jobs/{kind}/{normalise_id(job_id)}"))


@contextmanager
def gone_when_not_found() -> Iterator[None]:
    """Say that the job is gone, where Salesforce says that there is nothing of that name."""
    try:
        yield
    except NotFoundError as error:
        raise ResultsExpiredError(error.code, error.message, status=error.status) from error


def iterate_jobs(client: SalesforceClient, kind: Kind) -> Iterator[BulkJob]:
    """Yield the organisation's jobs that the user may see, as Salesforce lists them."""
    path, params = f"jobs/{kind}", {"jobType": "V2Query" if kind == "query" else "V2Ingest"}
    while True:
        answer = client.get(path, params)
        yield from (job_from(kind, item) for item in field_of(answer, "records"))
        if answer["done"]:
            return
        params["queryLocator"] = answer["nextRecordsUrl"].partition("queryLocator=")[2]


def create_job(client: SalesforceClient, kind: Kind, body: Mapping[str, Any]) -> BulkJob:
    """Create a job. One whose answer was lost is never guessed at: its twin replaces it.

    A job of which nobody knows the id changes no record (an ingest job has no rows
    before its upload), but adopting the wrong one would mix two runs. So a second
    one is made and the first, known by user, object and moment, is aborted.
    """
    started = client.network.clock()
    try:
        return job_from(kind, client.send("POST", f"jobs/{kind}", body, idempotent=False))
    except UnknownOutcomeError:
        job = job_from(kind, client.send("POST", f"jobs/{kind}", body, idempotent=True))
    took = timedelta(seconds=client.network.clock() - started) + _CREATION_GRACE
    for other in iterate_jobs(client, kind):
        if other.state in _UNCLAIMED[kind] and _is_twin(other, job, took):
            _stop(client, other)
    return job


def _stop(client: SalesforceClient, job: BulkJob) -> None:
    """Abort a job that may end by itself meanwhile."""
    try:
        abort_job(client, job)
    except SalesforceError:
        if read_job(client, job.kind, job.id).state not in _ENDED:
            raise


def _is_twin(other: BulkJob, job: BulkJob, took: timedelta) -> bool:
    """Whether ``other`` is the same request of the same user, made while we asked for ``job``."""
    same = (other.created_by_id, other.operation, other.sobject_type) == (
        job.created_by_id,
        job.operation,
        job.sobject_type,
    )
    return (
        same and other.id != job.id and job.created_at - took <= other.created_at <= job.created_at
    )


def wait_for_job(
    client: SalesforceClient,
    job: BulkJob,
    *,
    deadline_seconds: float = 1800.0,
    on_poll: Callable[[BulkJob], None] | None = None,
) -> BulkJob:
    """Poll, ever more seldom, until the job is complete, and return it.

    ``on_poll`` sees every state and may raise, for one when the run's lease is
    lost. Raises BulkJobFailedError or BulkJobAbortedError, TooLargeError for a query that
    was too much; at the deadline the job is aborted and BulkJobTimeoutError raised. Each
    poll is one API call.
    """
    network = client.network
    give_up_at = network.clock() + deadline_seconds
    pause = _FIRST_POLL_SECONDS
    while True:
        job = read_job(client, job.kind, job.id)
        if on_poll is not None:
            on_poll(job)
        if job.state in _ENDED:
            return _completed(job)
        left = give_up_at - network.clock()
        if left <= 0:
            raise _given_up(client, job, deadline_seconds)
        network.sleep(min(pause, left))
        pause = min(pause * _LONGER_EACH_TIME, _LONGEST_POLL_SECONDS)


def abort_job(client: SalesforceClient, job: BulkJob) -> None:
    """Ask Salesforce to stop the job."""
    client.send("PATCH", job.path, {"state": "Aborted"}, idempotent=True)


def delete_job(client: SalesforceClient, job: BulkJob) -> None:
    """Delete an ended job and its results."""
    client.send("DELETE", job.path, idempotent=True)


def _completed(job: BulkJob) -> BulkJob:
    if job.state == "Failed":
        if job.kind == "query" and any(sign in job.error_message for sign in _TOO_MUCH):
            raise TooLargeError("QUERY_TIMEOUT", job.error_message)
        raise BulkJobFailedError("BULK_JOB_FAILED", job.error_message or "No reason was given.")
    if job.state == "Aborted":
        raise BulkJobAbortedError(
            "BULK_JOB_ABORTED",
            f"Job {job.id} was stopped in Salesforce, and not by this application.",
        )
    return job


def _given_up(client: SalesforceClient, job: BulkJob, deadline_seconds: float) -> BulkJobError:
    error = BulkJobTimeoutError(
        "BULK_JOB_STUCK",
        f"Job {job.id} was still {job.state} after {deadline_seconds:.0f} seconds.",
    )
    try:
        abort_job(client, job)
    except SalesforceError as refusal:
        error.add_note(f"The job could not be aborted: {refusal}")
    return error
