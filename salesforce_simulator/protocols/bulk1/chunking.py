"""Primary-key chunking: one query cut into many by ranges of record ids."""

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from salesforce_simulator.organisation.organisation import Organisation, Session
from salesforce_simulator.protocols.bulk.job import Job

_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)


def chunk_queries(
    organisation: Organisation, session: Session, job: Job, soql: str
) -> Iterator[str]:
    """Yield the query once for each range of ids, which holds ``chunk_rows`` records.

    Ranges are those of the whole object, whatever the query asks for, so a chunk may find less.
    Queries that sort or have a LIMIT are not made for this and fail as chunks.
    """
    after = f" WHERE Id >= '{job.first_row}'" if job.first_row else ""
    ids = organisation.query(
        f"SELECT Id FROM {job.sobject_type}{after} ORDER BY Id",  # noqa: S608 - checked by its parser
        session,
        include_deleted=True,
    ).rows()
    starts = [row[0] for row in islice(ids, 0, None, job.chunk_rows)]
    for start, end in pairwise([*starts, None]):
        yield _within(soql, f"Id >= '{start}'" + (f" AND Id < '{end}'" if end else ""))


def _within(soql: str, condition: str) -> str:
    # The first WHERE is the query's own: a bulk query selects no sub-query.
    where = _WHERE.search(soql)
    if where is None:
        return f"{soql} WHERE {condition}"
    return f"{soql[: where.start()]}WHERE ({soql[where.end() :].strip()}) AND {condition}"
