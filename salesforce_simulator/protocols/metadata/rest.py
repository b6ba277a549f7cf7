"""Deployments over REST: the same jobs as those of the SOAP API."""

from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from salesforce_simulator.organisation.metadata.results import DeployJob, DeployOptions
from salesforce_simulator.protocols.metadata import answers
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.bodies import (
    MULTIPART_PROBLEMS,
    flag,
    read_object,
    require_object,
)
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply

_OPTIONS = {
    "allow_missing_files": "allowMissingFiles",
    "auto_update_package": "autoUpdatePackage",
    "check_only": "checkOnly",
    "ignore_warnings": "ignoreWarnings",
    "perform_retrieve": "performRetrieve",
    "purge_on_delete": "purgeOnDelete",
    "single_package": "singlePackage",
}


async def deploy(request: web.Request) -> web.Response:
    """POST a multipart body: the zip (part `file`), and the options under any other name."""
    parts = await _parts(request)
    options = _options(next((body for name, body in parts.items() if name != "file"), b"{}"))
    if "file" not in parts:
        raise HttpError(400, "INVALID_MULTIPART_REQUEST", "The request has no part named 'file'")
    metadata = organisation(request).metadata
    job = await in_thread(request, metadata.deploy, session(request), parts["file"], options)
    return json_reply(request, _body(job, with_details=False), status=201)


async def _parts(request: web.Request) -> dict[str, bytes]:
    if request.content_type != "multipart/form-data":
        message = f"Content-Type is not supported for this API: {request.content_type}"
        raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message)
    parts: dict[str, bytes] = {}
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name:
                parts[part.name] = bytes(await part.read(decode=True))
    except MULTIPART_PROBLEMS as problem:
        raise HttpError(400, "INVALID_MULTIPART_REQUEST", str(problem)) from problem
    return parts


def _options(text: bytes) -> DeployOptions:
    try:
        body = require_object(orjson.loads(text))
    except orjson.JSONDecodeError as problem:
        raise HttpError(400, "JSON_PARSER_ERROR", problem.msg) from None
    given = require_object(body.get("deployOptions") or {})
    flags: dict[str, Any] = {name: flag(given.get(key)) for name, key in _OPTIONS.items()}
    tests = given.get("runTests") or []
    return DeployOptions(
        rollback_on_error=flag(given.get("rollbackOnError"), default=True),
        test_level=given.get("testLevel"),
        run_tests=tuple(map(str, tests)) if isinstance(tests, list) else (),
        **flags,
    )


async def status(request: web.Request) -> web.Response:
    """GET a deployment; ``includeDetails=true`` adds what became of each component."""
    metadata = organisation(request).metadata
    job_id = request.match_info["id"]
    job = await in_thread(request, metadata.deploy_status, session(request), job_id)
    details = flag(request.query.get("includeDetails"))
    return json_reply(request, _body(job, with_details=details))


async def cancel(request: web.Request) -> web.Response:
    """PATCH ``{"deployResult": {"status": "Canceling"}}``: 202, and the end comes soon."""
    body = await read_object(request)
    result = require_object(body.get("deployResult") or {})
    if result.get("status") != "Canceling":
        message = "The status of a deployment can only be changed to Canceling"
        raise HttpError(400, "INVALID_FIELD", message)
    metadata = organisation(request).metadata
    job_id = request.match_info["id"]
    job = await in_thread(request, metadata.cancel_deploy, session(request), job_id)
    return json_reply(request, _body(job, with_details=False), status=202)


def _body(job: DeployJob, *, with_details: bool) -> dict[str, Any]:
    result = answers.deploy_result(job, with_details=with_details)
    if with_details:
        details = result["details"]
        messages = [*details["componentFailures"], *details["componentSuccesses"]]
        result["details"] = {"allComponentMessages": messages, **details}
    else:
        result["details"] = None
    return {
        "id": job.id,
        "validatedDeployRequestId": None,
        "deployOptions": answers.deploy_options(job.options),
        "deployResult": result,
    }


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("POST", "/metadata/deployRequest", deploy),
        data("GET", "/metadata/deployRequest/{id}", status),
        data("PATCH", "/metadata/deployRequest/{id}", cancel),
    ]
