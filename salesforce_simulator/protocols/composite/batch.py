"""POST /composite/batch: up to 25 subrequests that know nothing of each other."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.composite.dispatch import Answer, Call, dispatch
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.bodies import flag, read_object, require_object
from salesforce_simulator.transport.errors import HttpError, rest_error
from salesforce_simulator.transport.replies import json_reply

_MOST = 25
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_ROOT = "/services/data/"
_HALTED = SalesforceError("BATCH_PROCESSING_HALTED", "Batch processing halted per request")


async def batch(request: web.Request) -> web.Response:
    """Run each subrequest by itself; with ``haltOnError`` none after the first that fails."""
    body = await read_object(request)
    calls = _read(body.get("batchRequests"))
    halts = flag(body.get("haltOnError"))
    answers: list[Answer] = []
    for call in calls:
        if halts and any(answer.failed for answer in answers):
            answers.append(Answer(412, [rest_error(_HALTED)], {}))
        else:
            answers.append(await dispatch(request, call))
    results = [{"statusCode": answer.status, "result": answer.body} for answer in answers]
    has_errors = any(answer.failed for answer in answers)
    return json_reply(request, {"hasErrors": has_errors, "results": results})


def _read(value: Any) -> list[Call]:
    if not isinstance(value, list) or not value:
        raise HttpError(400, "JSON_PARSER_ERROR", "batchRequests must be a list of subrequests")
    if len(value) > _MOST:
        message = f"The batch has {len(value)} subrequests, but {_MOST} are allowed"
        raise HttpError(400, "LIMIT_EXCEEDED", message)
    return [_read_one(require_object(item)) for item in value]


def _read_one(item: Mapping[str, Any]) -> Call:
    method, url = item.get("method"), item.get("url")
    if not isinstance(method, str) or method not in _METHODS or not isinstance(url, str):
        raise HttpError(400, "JSON_PARSER_ERROR", "A subrequest needs a method and a url")
    path = url if url.startswith(_ROOT) else _ROOT + url.lstrip("/")
    if "/composite" in path.partition("?")[0]:
        raise HttpError(400, "INVALID_INPUT", f"Subrequest {url} is not supported here")
    return Call(method, path, item.get("richInput"))


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [data("POST", "/composite/batch", batch)]
