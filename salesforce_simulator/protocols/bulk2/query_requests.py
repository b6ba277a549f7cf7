"""Requests about query jobs: creation, result pages, parallel result links."""

from aiohttp import web

from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.protocols.bulk.context import allotments, store, worker
from salesforce_simulator.protocols.bulk.downloads import send_page
from salesforce_simulator.protocols.bulk.errors import (
    invalid_job,
    invalid_state,
    version_mismatch,
)
from salesforce_simulator.protocols.bulk.job import QUERY_OPERATIONS, Job, State
from salesforce_simulator.protocols.bulk.result_pages import Result
from salesforce_simulator.protocols.bulk2.job_info import created
from salesforce_simulator.protocols.bulk2.job_requests import (
    change_state,
    common_settings,
    delete_job,
    get_job,
    job_of,
    list_jobs,
)
from salesforce_simulator.protocols.routing import data, data_path, version_of
from salesforce_simulator.transport.bodies import read_object
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply

_LINKS_AT_ONCE = 5
_LINKS_SINCE = 58.0


async def create(request: web.Request) -> web.Response:
    """POST /jobs/query: 200, in state UploadComplete; a query that cannot run is refused now."""
    body = await read_object(request)
    operation, soql = str(body.get("operation")), body.get("query")
    if operation not in QUERY_OPERATIONS:
        raise invalid_job(f"Operation {operation} is not supported for query jobs")
    if not isinstance(soql, str) or not soql:
        raise invalid_job("The query is missing")
    settings = common_settings(request, body)
    result = await in_thread(
        request,
        organisation(request).query,
        soql,
        session(request),
        include_deleted=operation == "queryAll",
        bulk=True,
    )
    allotments(request).take_query_job()
    job = await in_thread(
        request,
        store(request).create,
        operation=operation,
        sobject_type=result.sobject_type,
        query=soql,
        state=State.UPLOAD_COMPLETE,
        **settings,
    )
    worker(request).submit(job.id)
    return json_reply(request, created(job))


async def results(request: web.Request) -> web.StreamResponse:
    """GET /jobs/query/ID/results?maxRecords=&locator=: one page of CSV."""
    job = _finished(request)
    text = request.query.get("maxRecords")
    if text is not None and not (text.isascii() and text.isdecimal() and int(text)):
        raise invalid_job(f"maxRecords must be a positive number: {text}")
    rows = int(text) if text else None
    result = await in_thread(request, Result, store(request).directory(job.id))
    page = await in_thread(request, result.page, request.query.get("locator"), rows)
    return await send_page(request, page)


async def result_pages(request: web.Request) -> web.Response:
    """GET /jobs/query/ID/resultPages: up to five addresses to fetch side by side; since v58."""
    if float(version_of(request)) < _LINKS_SINCE:
        raise not_found()
    job = _finished(request)
    result = await in_thread(request, Result, store(request).directory(job.id))
    locators, rest = result.locators_from(request.query.get("locator"), _LINKS_AT_ONCE)
    path = f"{data_path(request)}/jobs/query/{job.id}"
    body: dict[str, object] = {
        "resultPages": [{"resultUrl": f"{path}/results?locator={each}"} for each in locators],
        "done": rest is None,
    }
    if rest is not None:
        body["nextRecordsUrl"] = f"{path}/resultPages?locator={rest}"
    return json_reply(request, body)


def _finished(request: web.Request) -> Job:
    job = job_of(request)
    if job.api_version != version_of(request):
        raise version_mismatch(job)
    if job.state is not State.JOB_COMPLETE:
        raise invalid_state(job)
    return job


def routes() -> list[web.RouteDef]:
    """Return the routes of query jobs."""
    return [
        data("POST", "/jobs/query", create),
        data("GET", "/jobs/query", list_jobs),
        data("GET", "/jobs/query/{job_id}", get_job),
        data("PATCH", "/jobs/query/{job_id}", change_state),
        data("DELETE", "/jobs/query/{job_id}", delete_job),
        data("GET", "/jobs/query/{job_id}/results", results),
        data("GET", "/jobs/query/{job_id}/resultPages", result_pages),
    ]
