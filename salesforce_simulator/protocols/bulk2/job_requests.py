"""What query and ingest jobs have in common: reading requests, listing, state, deletion."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.protocols.bulk.context import store, worker
from salesforce_simulator.protocols.bulk.errors import invalid_job, invalid_locator
from salesforce_simulator.protocols.bulk.job import (
    TERMINAL,
    UNFINISHED,
    Delimiter,
    Job,
    LineEnding,
    State,
)
from salesforce_simulator.protocols.bulk.result_pages import decode_locator, encode_locator
from salesforce_simulator.protocols.bulk2.job_info import info, job_type, summary
from salesforce_simulator.protocols.routing import data_path, version_of
from salesforce_simulator.transport.bodies import flag, read_object
from salesforce_simulator.transport.context import in_thread, session
from salesforce_simulator.transport.replies import json_reply, no_content

_LISTED_AT_ONCE = 1000
_DELETABLE = TERMINAL | {State.UPLOAD_COMPLETE}
_JOB_TYPES = frozenset({"bigobjectingest", "classic", "v2ingest", "v2query"})


def job_of(request: web.Request) -> Job:
    """Return the job that the path names; a query job is not found below ``ingest``."""
    job = store(request).get(request.match_info["job_id"])
    if job.is_classic or job.is_query != _is_query_path(request):
        raise not_found()
    return job


def common_settings(request: web.Request, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the job's fields that both kinds take from the request; raises INVALIDJOB."""
    line_ending = str(body.get("lineEnding", LineEnding.LF.name))
    delimiter = str(body.get("columnDelimiter", Delimiter.COMMA.name))
    if body.get("contentType", "CSV") != "CSV":
        raise invalid_job(f"Content type {body['contentType']} is not supported")
    if line_ending not in LineEnding.__members__:
        raise invalid_job(f"Line ending {line_ending} is not supported")
    if delimiter not in Delimiter.__members__:
        raise invalid_job(f"Column delimiter {delimiter} is not supported")
    return {
        "line_ending": line_ending,
        "column_delimiter": delimiter,
        "created_by_id": session(request).user_id,
        "api_version": version_of(request),
    }


async def get_job(request: web.Request) -> web.Response:
    """GET /jobs/KIND/ID."""
    return json_reply(request, info(job_of(request)))


async def list_jobs(request: web.Request) -> web.Response:
    """GET /jobs/KIND: jobs of both Bulk APIs, newest first, in pages of 1,000.

    ``jobType``, ``concurrencyMode`` and ``isPkChunkingEnabled`` choose; ``queryLocator`` goes on.
    """
    is_query = _is_query_path(request)
    jobs = [job for job in reversed(store(request).all()) if _is_listed(request, job)]
    locator = request.query.get("queryLocator")
    first = decode_locator(locator) if locator else 0
    if first > len(jobs):
        raise invalid_locator()
    last = first + _LISTED_AT_ONCE
    is_done = last >= len(jobs)
    body = {
        "done": is_done,
        "records": [info(job) for job in jobs[first:last]],
        "nextRecordsUrl": None if is_done else _next_url(request, last, is_query=is_query),
    }
    return json_reply(request, body)


def _is_listed(request: web.Request, job: Job) -> bool:
    if job.parent_id is not None or job.is_query != _is_query_path(request):
        return False
    wanted = request.query.get("jobType", "")
    if wanted and wanted.lower() not in _JOB_TYPES:
        raise invalid_job(f"Job type {wanted} is not supported")
    chunked, mode = request.query.get("isPkChunkingEnabled"), request.query.get("concurrencyMode")
    return (
        wanted.lower() in ("", job_type(job).lower())
        and (chunked is None or flag(chunked) == (job.chunk_rows is not None))
        and (mode or job.concurrency_mode).lower() == job.concurrency_mode.lower()
    )


def _next_url(request: web.Request, row: int, *, is_query: bool) -> str:
    kept = {name: text for name, text in request.query.items() if name != "queryLocator"}
    query = urlencode({**kept, "queryLocator": encode_locator(row)})
    return f"{data_path(request)}/jobs/{'query' if is_query else 'ingest'}?{query}"


async def change_state(request: web.Request) -> web.Response:
    """PATCH /jobs/KIND/ID with a ``state``: UploadComplete (ingest only) or Aborted."""
    job = job_of(request)
    wanted = (await read_object(request)).get("state")
    if wanted == State.ABORTED:
        allowed = UNFINISHED | {State.OPEN}
        changed = await in_thread(
            request, store(request).move, job.id, State.ABORTED, from_states=allowed
        )
    elif wanted == State.UPLOAD_COMPLETE and not job.is_query:
        changed = await in_thread(
            request,
            store(request).move,
            job.id,
            State.UPLOAD_COMPLETE,
            from_states={State.OPEN},
        )
        worker(request).submit(job.id)
    else:
        raise invalid_job(f"A job cannot be moved to state {wanted}")
    return json_reply(request, info(changed) if job.is_query else summary(changed))


async def delete_job(request: web.Request) -> web.Response:
    """DELETE /jobs/KIND/ID: 204, for jobs that are not being worked on."""
    job = job_of(request)
    if job.state in TERMINAL:
        await worker(request).let_go(job.id)
    await in_thread(request, store(request).delete, job.id, from_states=_DELETABLE)
    return no_content()


def _is_query_path(request: web.Request) -> bool:
    return "/jobs/query" in request.path
