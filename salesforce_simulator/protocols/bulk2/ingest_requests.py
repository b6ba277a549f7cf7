"""Requests about ingest jobs: creation, upload, results."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import BodyPartReader, MultipartReader, web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.bulk.context import allotments, store, worker
from salesforce_simulator.protocols.bulk.downloads import send_file
from salesforce_simulator.protocols.bulk.errors import invalid_entity, invalid_job, invalid_state
from salesforce_simulator.protocols.bulk.job import INGEST_OPERATIONS, TERMINAL, Job, State
from salesforce_simulator.protocols.bulk.outcomes import ensure_outcomes
from salesforce_simulator.protocols.bulk.sources import upload_path
from salesforce_simulator.protocols.bulk2.job_info import created
from salesforce_simulator.protocols.bulk2.job_requests import (
    change_state,
    common_settings,
    delete_job,
    get_job,
    job_of,
    list_jobs,
)
from salesforce_simulator.protocols.routing import data, version_of
from salesforce_simulator.transport.bodies import (
    MAXIMUM_BODY_BYTES,
    MULTIPART_PROBLEMS,
    read_object,
    require_object,
)
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply

_MOST_MULTIPART_CHARACTERS = 100_000


async def create(request: web.Request) -> web.Response:
    """POST /jobs/ingest: 200, in state Open; with multipart data it is uploaded and closed too."""
    if request.content_type.startswith("multipart/"):
        return await _create_multipart(request)
    job = await _create(request, await read_object(request))
    return json_reply(request, created(job))


async def upload(request: web.Request) -> web.Response:
    """PUT /jobs/ingest/ID/batches with text/csv: 201, once."""
    job = job_of(request)
    if job.state is not State.OPEN:
        raise invalid_state(job)
    if job.is_uploaded:
        message = f"Found multiple contents for job: {job.id}; a job takes one upload"
        raise HttpError(400, "CLIENTINPUTERROR", message)
    if request.content_type != "text/csv":
        message = f"Content-Type is not supported for this API: {request.content_type}"
        raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message)
    await _save_stream(request, job)
    await in_thread(request, store(request).change, job.id, is_uploaded=True)
    return web.Response(status=201)


async def outcome_file(request: web.Request) -> web.StreamResponse:
    """GET successfulResults, failedResults or unprocessedrecords of a job that has ended."""
    job = job_of(request)
    if job.state not in TERMINAL:
        raise invalid_state(job)
    await worker(request).let_go(job.id)
    directory = store(request).directory(job.id)
    await in_thread(request, ensure_outcomes, directory, job)
    name = _FILES[request.path.rstrip("/").rpartition("/")[2].lower()]
    return await send_file(request, directory / f"{name}.csv")


_FILES = {
    "successfulresults": "successfulResults",
    "failedresults": "failedResults",
    "unprocessedrecords": "unprocessedrecords",
}


async def _create(request: web.Request, body: Mapping[str, Any]) -> Job:
    operation, name = str(body.get("operation")), body.get("object")
    if operation == "hardDelete" and not _may_hard_delete(request):
        message = "hardDelete operation requires special user profile permission"
        raise HttpError(400, "FEATURENOTENABLED", message)
    if operation not in INGEST_OPERATIONS:
        raise invalid_job(f"Operation {operation} is not supported for ingest jobs")
    allotments(request).check_batches()
    settings = common_settings(request, body)
    describe = await _describe(request, name)
    key_field = body.get("externalIdFieldName") if operation == "upsert" else None
    if operation == "upsert":
        _check_key(describe, key_field)
    job = await in_thread(
        request,
        store(request).create,
        operation=operation,
        sobject_type=describe["name"],
        external_id_field=key_field,
        assignment_rule_id=body.get("assignmentRuleId"),
        state=State.OPEN,
        **settings,
    )
    # A job that is closed without an upload is one of no rows.
    await in_thread(request, upload_path(store(request).directory(job.id)).touch)
    return job


def _may_hard_delete(request: web.Request) -> bool:
    return organisation(request).policies.current.hard_delete_allowed


async def _describe(request: web.Request, name: object) -> Mapping[str, Any]:
    if not isinstance(name, str) or not name:
        raise invalid_entity(name)
    try:
        return await in_thread(
            request, organisation(request).describe, name, session(request), version_of(request)
        )
    except SalesforceError:
        raise invalid_entity(name) from None


def _check_key(describe: Mapping[str, Any], key_field: object) -> None:
    keys = {f["name"].lower() for f in describe["fields"] if f["externalId"] or f["idLookup"]}
    if not isinstance(key_field, str) or key_field.lower() not in keys:
        raise invalid_job(f"InvalidJob : Field {key_field} is not an external id")


async def _create_multipart(request: web.Request) -> web.Response:
    try:
        parts = await request.multipart()
        job_text = await (await _part(parts, "job")).read(decode=True)
        content = await (await _part(parts, "content")).read(decode=True)
    except MULTIPART_PROBLEMS as problem:
        raise HttpError(400, "INVALID_MULTIPART_REQUEST", str(problem)) from problem
    try:
        settings = require_object(orjson.loads(job_text))
    except orjson.JSONDecodeError as problem:
        raise HttpError(400, "JSON_PARSER_ERROR", str(problem)) from None
    if len(content) > _MOST_MULTIPART_CHARACTERS:
        raise invalid_job(f"Job data is longer than {_MOST_MULTIPART_CHARACTERS} characters")
    job = await _create(request, settings)
    await in_thread(request, upload_path(store(request).directory(job.id)).write_bytes, content)
    job = await in_thread(
        request,
        store(request).move,
        job.id,
        State.UPLOAD_COMPLETE,
        from_states={State.OPEN},
        is_uploaded=True,
    )
    worker(request).submit(job.id)
    return json_reply(request, created(job))


async def _part(parts: MultipartReader, name: str) -> BodyPartReader:
    part = await parts.next()
    if not isinstance(part, BodyPartReader) or part.name != name:
        raise invalid_job(f"The part {name} is missing")
    return part


async def _save_stream(request: web.Request, job: Job) -> None:
    size = 0
    path = upload_path(store(request).directory(job.id))
    with await in_thread(request, path.open, "wb") as file:
        async for chunk in request.content.iter_chunked(1 << 20):
            size += len(chunk)
            if size > MAXIMUM_BODY_BYTES:
                raise HttpError(413, "EXCEEDEDQUOTA", "The upload is larger than 150 MB")
            await in_thread(request, file.write, chunk)


def routes() -> list[web.RouteDef]:
    """Return the routes of ingest jobs."""
    results = [
        data("GET", f"/jobs/ingest/{{job_id}}/{{{name}:(?i:{name})}}", outcome_file)
        for name in _FILES
    ]
    return [
        data("POST", "/jobs/ingest", create),
        data("GET", "/jobs/ingest", list_jobs),
        data("GET", "/jobs/ingest/{job_id}", get_job),
        data("PATCH", "/jobs/ingest/{job_id}", change_state),
        data("DELETE", "/jobs/ingest/{job_id}", delete_job),
        data("PUT", "/jobs/ingest/{job_id}/batches", upload),
        *results,
    ]
