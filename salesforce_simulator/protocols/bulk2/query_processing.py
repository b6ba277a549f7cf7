"""What the worker does with a query job: run the query and render its rows."""

from collections.abc import Generator

from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.bulk2.job import Job
from salesforce_simulator.protocols.bulk2.result_pages import STRIDE, ResultWriter
from salesforce_simulator.protocols.bulk2.store import JobStore


def process_query(
    organisation: Organisation, store: JobStore, job: Job
) -> Generator[dict[str, int], None, None]:
    """Render the job's result; yields the counts so far, so that the worker may stop."""
    result = organisation.query(
        job.query,
        organisation.acting_as(job.created_by_id),
        include_deleted=job.operation == "queryAll",
        bulk=True,
    )
    chunks = result.csv_chunks(
        rows_per_chunk=STRIDE, delimiter=job.delimiter, line_ending=job.newline
    )
    for total in ResultWriter(store.directory(job.id)).write(chunks):
        yield {"records_processed": total}
