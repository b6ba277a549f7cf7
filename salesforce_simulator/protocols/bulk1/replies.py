"""Answers of the first Bulk API: XML unless the client speaks JSON."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.xml_text import xml_text
from salesforce_simulator.protocols.bulk.batch_results import NAMESPACE
from salesforce_simulator.transport.errors import HttpError

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_JSON = "application/json"

# The names that other APIs' errors have here.
_CODES = {
    "API_DISABLED_FOR_ORG": "FeatureNotEnabled",
    "EXCEEDEDQUOTA": "ExceededQuota",
    "FEATURENOTENABLED": "FeatureNotEnabled",
    "INVALIDJOBSTATE": "InvalidJobState",
    "INVALID_SESSION_ID": "InvalidSessionId",
    "NOT_FOUND": "InvalidUrl",
    "REQUEST_LIMIT_EXCEEDED": "ExceededQuota",
    "UNSUPPORTED_API_VERSION": "InvalidVersion",
}


def wants_json(request: web.Request) -> bool:
    """Tell whether the client sends or asks for JSON."""
    return request.content_type == _JSON or _JSON in request.headers.get("Accept", "")


def reply(name: str, body: Mapping[str, Any], *, is_json: bool, status: int = 200) -> web.Response:
    """Return a body as an XML element of this name or as a JSON object.

    XML leaves out what is null.
    """
    if is_json:
        return web.Response(body=orjson.dumps(body), status=status, content_type=_JSON)
    inside = f">\n{_elements(body, 1)}</{name}>" if body else " />"
    text = f'{_DECLARATION}<{name}\n   xmlns="{NAMESPACE}"{inside}'
    return web.Response(text=text, status=status, content_type="application/xml")


def _elements(body: Mapping[str, Any], depth: int) -> str:
    return "".join(
        _element(name, value, depth)
        for name, values in body.items()
        for value in (values if isinstance(values, list) else [values])
        if value is not None
    )


def _element(name: str, value: Any, depth: int) -> str:
    blanks = " " * depth
    if isinstance(value, Mapping):
        return f"{blanks}<{name}>\n{_elements(value, depth + 1)}{blanks}</{name}>\n"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{blanks}<{name}>{xml_text(text)}</{name}>\n"


def error_reply(request: web.Request, error: SalesforceError) -> web.Response:
    """Return an error as this API writes it; all but unknown addresses are 400."""
    code = _CODES.get(error.code, error.code)
    body = {"exceptionCode": code, "exceptionMessage": error.message}
    status = error.status if isinstance(error, HttpError) else web.HTTPBadRequest.status_code
    if code == "InvalidUrl":
        status = web.HTTPNotFound.status_code
    return reply("error", body, is_json=wants_json(request), status=status)


def bulk_error(code: str, message: str) -> HttpError:
    """Return an error of this API, such as InvalidBatch."""
    return HttpError(web.HTTPBadRequest.status_code, code, message)
