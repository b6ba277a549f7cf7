"""A Bulk API 2.0 query through plain requests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

POLL_SECONDS = 0.25


@contextmanager
def open_session(organisation: dict[str, str]) -> Iterator[tuple[requests.Session, str]]:
    """Give a session that is signed in, and the address of the API."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = organisation["ca_file"]
        session.headers["Authorization"] = f"Bearer {organisation['session_id']}"
        session.headers["Accept-Encoding"] = "gzip"
        yield session, f"{organisation['url']}/services/data/v{organisation['version']}"


def iterate_pages(organisation: dict[str, str], soql: str, rows: int) -> Iterator[Any]:
    """Run a query and yield each page's body, a file of CSV with a header, to be read once."""
    with open_session(organisation) as (session, api):
        job = session.post(f"{api}/jobs/query", json={"operation": "query", "query": soql}).json()
        address = f"{api}/jobs/query/{job['id']}"
        while session.get(address).json()["state"] != "JobComplete":
            time.sleep(POLL_SECONDS)
        parameters = {"maxRecords": str(rows)}
        while True:
            with session.get(f"{address}/results", params=parameters, stream=True) as page:
                page.raw.decode_content = True
                page.raw.auto_close = False  # a text reader asks once more at the end
                yield page.raw
            if page.headers["Sforce-Locator"] == "null":
                return
            parameters["locator"] = page.headers["Sforce-Locator"]
