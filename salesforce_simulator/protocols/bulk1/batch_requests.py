"""Requests about the batches of a job: adding, looking, and what came out."""

from typing import Any

import orjson
from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import SHORT_LENGTH, full_id
from salesforce_simulator.organisation.xml_text import xml_text
from salesforce_simulator.protocols.bulk.batch_results import NAMESPACE, result_path
from salesforce_simulator.protocols.bulk.context import allotments, store, worker
from salesforce_simulator.protocols.bulk.downloads import send_file, send_page
from salesforce_simulator.protocols.bulk.job import ContentType, Job, State
from salesforce_simulator.protocols.bulk.result_pages import Result
from salesforce_simulator.protocols.bulk.sources import upload_path
from salesforce_simulator.protocols.bulk1.chunking import chunk_queries
from salesforce_simulator.protocols.bulk1.info import batch_info
from salesforce_simulator.protocols.bulk1.job_requests import job_of
from salesforce_simulator.protocols.bulk1.replies import bulk_error, reply
from salesforce_simulator.protocols.bulk1.routes import async_route
from salesforce_simulator.transport.context import in_thread, organisation, session

_MOST_BYTES = 10_000_000
_RESULT_PREFIX = "752"
_XML = "application/xml"
_CONTENT_TYPES = {
    ContentType.CSV: "text/csv",
    ContentType.JSON: "application/json",
    ContentType.XML: _XML,
}


async def add(request: web.Request) -> web.Response:
    """POST /job/ID/batch with records, or with the text of a query: 201, in state Queued."""
    job = job_of(request)
    if job.state is not State.OPEN:
        raise bulk_error("InvalidJobState", f"Batches cannot be added to a job that is {job.state}")
    allotments(request).check_batches()
    data = await request.read()
    if len(data) > _MOST_BYTES:
        message = f"Failed to read the request. Exceeded max size limit of {_MOST_BYTES}"
        raise bulk_error("ClientInputError", message)
    batch = await in_thread(request, _create, request, job, data)
    return _show(request, batch, status=201)


async def list_all(request: web.Request) -> web.Response:
    """GET /job/ID/batch: all batches, oldest first."""
    job = job_of(request)
    is_json = _is_json(request, job)
    batches = [batch_info(b, is_json=is_json) for b in store(request).batches(job.id)]
    body = {"batchInfo": batches} if batches or is_json else {}
    return reply("batchInfoList", body, is_json=is_json)


async def get(request: web.Request) -> web.Response:
    """GET /job/ID/batch/ID."""
    return _show(request, _batch_of(request))


async def get_request(request: web.Request) -> web.StreamResponse:
    """GET /job/ID/batch/ID/request: what was sent."""
    batch = _batch_of(request)
    content_type = _CONTENT_TYPES[ContentType(batch.content_type)]
    if batch.is_query:
        return web.Response(text=batch.query, content_type=content_type)
    path = upload_path(store(request).directory(batch.id))
    return await send_file(request, path, content_type)


async def result(request: web.Request) -> web.StreamResponse:
    """GET /job/ID/batch/ID/result: the fate of each record, or the ids of a query's results."""
    batch = _finished(request)
    if not batch.is_query:
        path = result_path(store(request).directory(batch.id))
        return await send_file(request, path, _CONTENT_TYPES[ContentType(batch.content_type)])
    result_id = _result_id(batch)
    if _is_json(request, batch):
        return web.Response(body=orjson.dumps([result_id]), content_type="application/json")
    text = f'<result-list xmlns="{NAMESPACE}"><result>{xml_text(result_id)}</result></result-list>'
    return web.Response(text=text, content_type="application/xml")


async def query_result(request: web.Request) -> web.StreamResponse:
    """GET /job/ID/batch/ID/result/ID: the records of a query."""
    batch = _finished(request)
    if not batch.is_query or request.match_info["result_id"] != _result_id(batch):
        raise bulk_error("InvalidBatch", f"Invalid result id: {request.match_info['result_id']}")
    content_type = _CONTENT_TYPES[ContentType(batch.content_type)]
    directory = store(request).directory(batch.id)
    if batch.content_type != ContentType.CSV:
        return await send_file(request, result_path(directory), content_type)
    found = await in_thread(request, Result, directory)
    page = await in_thread(request, found.page, None, found.total or 1)
    return await send_page(request, page, content_type)


def _create(request: web.Request, job: Job, data: bytes) -> Job:
    if not job.is_query:
        return _queue(request, job, data=data)
    try:
        soql = data.decode().strip()
    except UnicodeDecodeError as problem:
        raise bulk_error("InvalidBatch", f"The query is not UTF-8: {problem}") from problem
    if job.chunk_rows is None:
        return _queue(request, job, query=soql)
    first = store(request).create(
        **_settings(job), query=soql, is_uploaded=True, state=State.ABORTED
    )
    for query in chunk_queries(organisation(request), session(request), job, soql):
        _queue(request, job, query=query)
    return first


def _queue(request: web.Request, job: Job, *, query: str = "", data: bytes = b"") -> Job:
    # Not to be worked on before its data is there, whatever ends the process in between.
    batch = store(request).create(**_settings(job), query=query, state=State.OPEN)
    upload_path(store(request).directory(batch.id)).write_bytes(data)
    batch = store(request).move(
        batch.id, State.UPLOAD_COMPLETE, from_states={State.OPEN}, is_uploaded=True
    )
    worker(request).submit(batch.id)
    return batch


def _settings(job: Job) -> dict[str, Any]:
    """Return what a batch has from its job."""
    return {
        "is_classic": True,
        "parent_id": job.id,
        "operation": job.operation,
        "sobject_type": job.sobject_type,
        "external_id_field": job.external_id_field,
        "assignment_rule_id": job.assignment_rule_id,
        "content_type": job.content_type,
        "concurrency_mode": job.concurrency_mode,
        "created_by_id": job.created_by_id,
        "api_version": job.api_version,
    }


def _batch_of(request: web.Request) -> Job:
    job, batch_id = job_of(request), request.match_info["batch_id"]
    try:
        batch = store(request).get(batch_id)
    except SalesforceError:
        batch = None
    if batch is None or batch.parent_id != job.id:
        raise bulk_error("InvalidBatch", f"Invalid batch id: {batch_id}")
    return batch


def _finished(request: web.Request) -> Job:
    batch = _batch_of(request)
    if batch.state in (State.FAILED, State.ABORTED):
        raise bulk_error("InvalidBatch", "Records not processed")
    if batch.state is not State.JOB_COMPLETE:
        raise bulk_error("InvalidBatch", "Batch not completed")
    return batch


def _show(request: web.Request, batch: Job, status: int = 200) -> web.Response:
    is_json = _is_json(request, batch)
    return reply("batchInfo", batch_info(batch, is_json=is_json), is_json=is_json, status=status)


def _is_json(request: web.Request, job: Job) -> bool:
    """Tell whether to answer in JSON: for batches of JSON, unless the client speaks XML.

    That a client speaks JSON changes nothing for batches of CSV and XML, unlike for jobs.
    """
    return job.content_type == ContentType.JSON and request.content_type != _XML


def _result_id(batch: Job) -> str:
    return full_id(_RESULT_PREFIX + batch.id[len(_RESULT_PREFIX) : SHORT_LENGTH])


def routes() -> list[web.RouteDef]:
    """Return the routes of batches."""
    one = "/job/{job_id}/batch/{batch_id}"
    return [
        async_route("POST", "/job/{job_id}/batch", add),
        async_route("GET", "/job/{job_id}/batch", list_all),
        async_route("GET", one, get),
        async_route("GET", f"{one}/request", get_request),
        async_route("GET", f"{one}/result", result),
        async_route("GET", f"{one}/result/{{result_id}}", query_result),
    ]
