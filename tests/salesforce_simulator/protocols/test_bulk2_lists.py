import asyncio
from concurrent.futures import ThreadPoolExecutor

from aiohttp.test_utils import TestClient, TestServer

from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.application import build
from salesforce_simulator.protocols.bulk2 import job_requests

JOBS = "/services/data/v60.0/jobs/ingest"
AT_ONCE = 2


async def walk(organisation, directory, count):
    """Make so many jobs; return their ids and, page by page, those that the list shows."""
    given = organisation.credentials()
    secret = given["password"] + given["security_token"]
    session = organisation.login(given["username"], secret)
    headers = {"Authorization": f"Bearer {session.id}"}
    app = build(organisation, directory, with_control=False)
    async with TestClient(TestServer(app), headers=headers) as client:
        made = []
        for _ in range(count):
            body = {"object": "Lead", "operation": "insert"}
            made.append((await (await client.post(JOBS, json=body)).json())["id"])
        pages, path = [], f"{JOBS}?jobType=V2Ingest"
        while path:
            page = await (await client.get(path)).json()
            assert page["done"] == (page["nextRecordsUrl"] is None)
            pages.append([record["id"] for record in page["records"]])
            path = page["nextRecordsUrl"]
        return made, pages


def test_list_of_jobs_goes_on_where_its_page_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(job_requests, "_LISTED_AT_ONCE", AT_ONCE)
    organisation = Organisation.open(tmp_path, seed="leads:1")
    with ThreadPoolExecutor(1) as thread:  # a browser's test may have left a loop in this one
        made, pages = thread.submit(asyncio.run, walk(organisation, tmp_path, 5)).result()
    organisation.close()
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [job_id for page in pages for job_id in page] == made[::-1]
