"""Requests about jobs of the first Bulk API: creation, state, closing and aborting."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
import orjson
from aiohttp import web
from defusedxml import DefusedXmlException

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.bulk.context import store
from salesforce_simulator.protocols.bulk.ingest_records import local_name
from salesforce_simulator.protocols.bulk.job import (
    INGEST_OPERATIONS,
    QUERY_OPERATIONS,
    SERIAL,
    ContentType,
    Job,
    State,
)
from salesforce_simulator.protocols.bulk1.info import job_info
from salesforce_simulator.protocols.bulk1.replies import bulk_error, reply, wants_json
from salesforce_simulator.protocols.bulk1.routes import async_route, unknown_address
from salesforce_simulator.protocols.routing import version_of
from salesforce_simulator.transport.context import in_thread, organisation, session

_DEFAULT_CHUNK_ROWS = 100_000
_MOST_CHUNK_ROWS = 250_000
_CHUNKING = re.compile(r"(\w+)\s*=\s*(\w+)")
_MODES = ("Parallel", SERIAL)  # clients written in Java send their position


async def create(request: web.Request) -> web.Response:
    """POST /job: 201, in state Open."""
    body = await _read_job_info(request)
    settings = await in_thread(request, _settings, request, body)
    job = await in_thread(request, store(request).create, state=State.OPEN, **settings)
    return _show(request, job, status=201)


async def get(request: web.Request) -> web.Response:
    """GET /job/ID."""
    return _show(request, job_of(request))


async def change_state(request: web.Request) -> web.Response:
    """POST /job/ID with a state: Closed takes no more batches, Aborted drops those that wait."""
    job = job_of(request)
    wanted = (await _read_job_info(request)).get("state")
    if wanted not in (State.CLOSED, State.ABORTED):
        raise bulk_error("InvalidJobState", f"A job cannot be moved to state {wanted}")
    allowed = {State.OPEN} if wanted == State.CLOSED else {State.OPEN, State.CLOSED}
    job = await in_thread(request, store(request).move, job.id, State(wanted), from_states=allowed)
    if job.state is State.ABORTED:
        await in_thread(request, _drop_waiting_batches, request, job)
    return _show(request, job)


def job_of(request: web.Request) -> Job:
    """Return the job that the path names; raises InvalidJob."""
    job_id = request.match_info["job_id"]
    try:
        job = store(request).get(job_id)
    except SalesforceError:
        job = None
    if job is None or not job.is_classic or job.parent_id is not None:
        raise bulk_error("InvalidJob", f"Invalid job id: {job_id}")
    return job


def _show(request: web.Request, job: Job, status: int = 200) -> web.Response:
    is_json = wants_json(request)
    body = job_info(job, store(request).batches(job.id), is_json=is_json)
    return reply("jobInfo", body, is_json=is_json, status=status)


def _drop_waiting_batches(request: web.Request, job: Job) -> None:
    for batch in store(request).batches(job.id):
        if batch.state is State.UPLOAD_COMPLETE:
            store(request).change(batch.id, state=State.ABORTED)


async def _read_job_info(request: web.Request) -> Mapping[str, Any]:
    data = await request.read()
    if wants_json(request):
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError as problem:
            raise bulk_error("InvalidJob", f"Unable to parse Job: {problem}") from problem
        if not isinstance(body, dict):
            raise bulk_error("InvalidJob", "Unable to parse Job: an object is expected")
        return body
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise bulk_error("InvalidXML", f"Unable to parse Job: {problem}") from problem
    return {local_name(child): child.text for child in root}


def _settings(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the job's fields; raises InvalidJob for what it cannot do."""
    operation = str(body.get("operation"))
    if operation not in INGEST_OPERATIONS | QUERY_OPERATIONS:
        raise bulk_error("InvalidJob", f"Operation {operation} is not supported")
    policies = organisation(request).policies.current
    if operation == "hardDelete" and not policies.hard_delete_allowed:
        message = "hardDelete operation requires special user profile permission"
        raise bulk_error("FeatureNotEnabled", message)
    describe = _describe(request, body.get("object"))
    return {
        "is_classic": True,
        "operation": operation,
        "sobject_type": describe["name"],
        "external_id_field": _key(describe, body) if operation == "upsert" else None,
        "assignment_rule_id": body.get("assignmentRuleId"),
        "content_type": _content_type(body),
        "concurrency_mode": _mode(body),
        "created_by_id": session(request).user_id,
        "api_version": version_of(request),
        **(_chunking(request) if operation in QUERY_OPERATIONS else {}),
    }


def _describe(request: web.Request, name: object) -> Mapping[str, Any]:
    try:
        return organisation(request).describe(str(name), session(request), version_of(request))
    except SalesforceError:
        raise bulk_error("InvalidJob", f"Unable to find object: {name}") from None


def _key(describe: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    key = body.get("externalIdFieldName")
    name = describe["name"]
    if not key:
        message = f"External ID was blank for {name}. An External ID must be specified for upsert."
        raise bulk_error("InvalidJob", message)
    keys = {f["name"].lower() for f in describe["fields"] if f["externalId"] or f["idLookup"]}
    if str(key).lower() not in keys:
        raise bulk_error("InvalidJob", f"Field {key} of {name} is not an external id")
    return str(key)


def _content_type(body: Mapping[str, Any]) -> ContentType:
    name = str(body.get("contentType") or ContentType.XML.name)
    if name in ContentType.__members__:
        return ContentType[name]
    if name.startswith("ZIP"):
        message = f"Content type {name} is not supported here: binary attachments are not kept"
        raise bulk_error("FeatureNotEnabled", message)
    raise bulk_error("InvalidJob", f"Content type {name} is not supported")


def _mode(body: Mapping[str, Any]) -> str:
    mode = body.get("concurrencyMode") or _MODES[0]
    if isinstance(mode, int) and mode < len(_MODES):
        return _MODES[mode]
    if mode not in _MODES:
        raise bulk_error("InvalidJob", f"Concurrency mode {mode} is not supported")
    return str(mode)


def _chunking(request: web.Request) -> dict[str, Any]:
    """Read Sforce-Enable-PKChunking: ``true``, or ``chunkSize=N; startRow=ID``."""
    header = request.headers.get("Sforce-Enable-PKChunking", "").strip()
    if not header or header.lower() == "false":
        return {}
    options = {name.lower(): value for name, value in _CHUNKING.findall(header)}
    size = options.get("chunksize", str(_DEFAULT_CHUNK_ROWS))
    if not size.isdecimal() or not 0 < int(size) <= _MOST_CHUNK_ROWS:
        message = f"Chunk size must be between 1 and {_MOST_CHUNK_ROWS}: {size}"
        raise bulk_error("InvalidJob", message)
    return {"chunk_rows": int(size), "first_row": options.get("startrow")}


def routes() -> list[web.RouteDef]:
    """Return the routes of jobs and, behind all others, the answer to unknown addresses."""
    return [
        async_route("POST", "/job", create),
        async_route("GET", "/job/{job_id}", get),
        async_route("POST", "/job/{job_id}", change_state),
        web.route("*", "/services/async/{rest:.*}", unknown_address),
    ]
