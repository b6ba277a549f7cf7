"""dlt: records from simple-salesforce, merged into a table of PostgreSQL by their ids.

Runs in dlt's environment.
"""

import os
import tempfile
from collections.abc import Iterator
from typing import Any

os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="ERROR")

import dlt
import requests
from simple_salesforce.api import Salesforce

from bench.measuring import measure, read_task


def read_leads(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the records of the query."""
    organisation = task["organisation"]
    with requests.Session() as session:
        session.trust_env = False
        session.verify = organisation["ca_file"]
        client = Salesforce(
            session_id=organisation["session_id"],
            instance_url=organisation["url"],
            version=organisation["version"],
            session=session,
        )
        for record in client.query_all_iter(task["query"]):
            del record["attributes"]
            yield record


def merge(task: dict[str, Any], directory: str) -> dict[str, Any]:
    """Merge everything; return how many records were loaded."""
    url = task["database_url"].replace("postgres://", "postgresql://", 1)
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=directory,
        destination=dlt.destinations.postgres(url),
        dataset_name="peer_dlt",
    )
    leads = dlt.resource(read_leads(task), name="lead", primary_key="Id", write_disposition="merge")
    pipeline.run(leads)
    return {"records": pipeline.last_trace.last_normalize_info.row_counts["lead"]}


if __name__ == "__main__":
    task = read_task()
    with tempfile.TemporaryDirectory() as folder:
        measure(lambda: merge(task, folder))
