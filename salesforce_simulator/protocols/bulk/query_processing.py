"""What the worker does with a query: run it and render its rows."""

from collections.abc import Generator

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.bulk.batch_results import result_path
from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.job import ContentType, Job
from salesforce_simulator.protocols.bulk.query_records import write_records
from salesforce_simulator.protocols.bulk.result_pages import STRIDE, ResultWriter
from salesforce_simulator.protocols.bulk.store import JobStore


def process_query(
    organisation: Organisation, store: JobStore, job: Job
) -> Generator[dict[str, int], None, None]:
    """Render the query's result; yields the counts so far, so that the worker may stop."""
    directory = store.directory(job.id)
    try:
        result = organisation.query(
            job.query,
            organisation.acting_as(job.created_by_id),
            include_deleted=job.operation == "queryAll",
            bulk=True,
        )
    except SalesforceError as error:
        message = f"InvalidBatch : Failed to process query: {error.code}: {error.message}"
        raise JobFailedError(message) from error
    if job.content_type == ContentType.CSV:
        chunks = result.csv_chunks(
            rows_per_chunk=STRIDE, delimiter=job.delimiter, line_ending=job.newline
        )
        totals = ResultWriter(directory).write(chunks)
    else:
        totals = write_records(result, result_path(directory), job)
    for total in totals:
        yield {"records_processed": total}
