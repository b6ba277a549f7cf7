"""Request bodies: JSON with Salesforce's complaints about it, and query parameters."""

from typing import Any

import orjson
from aiohttp import web

from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.json_errors import explain

MAXIMUM_BODY_BYTES = 150 * 1024 * 1024  # the ceiling of a Bulk API 2.0 upload; REST takes 50 MB

# What the HTTP server raises about parts without a boundary or in an unknown encoding.
MULTIPART_PROBLEMS = (ValueError, LookupError, RuntimeError)
# What Jackson, Salesforce's parser, calls the beginning of a value.
_TOKENS = {
    list: "START_ARRAY",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    bool: "VALUE_BOOLEAN",
    type(None): "VALUE_NULL",
}


async def read_json(request: web.Request) -> Any:
    """Return the JSON value of a request body.

    Raises 415 UNSUPPORTED_MEDIA_TYPE for another content type and 400 JSON_PARSER_ERROR for text
    that is not JSON. A body is inflated by the HTTP server when it was sent with gzip.
    """
    if request.content_type != "application/json":
        message = f"MediaType of '{request.content_type}' is not supported by this resource"
        raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message)
    body = await request.read()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise HttpError(400, "JSON_PARSER_ERROR", explain(body)) from None


async def read_object(request: web.Request) -> dict[str, Any]:
    """Return a JSON body that has to be an object."""
    return require_object(await read_json(request))


def require_object(value: Any) -> dict[str, Any]:
    """Return the value if it is a JSON object, else raise JSON_PARSER_ERROR."""
    if not isinstance(value, dict):
        token = _TOKENS.get(type(value), "VALUE_STRING")
        message = f"Can not deserialize SObject out of {token} token at [line:1, column:1]"
        raise HttpError(400, "JSON_PARSER_ERROR", message)
    return value


def flag(value: object, *, default: bool = False) -> bool:
    """Return a truth value written as JSON boolean or as the text ``true`` or ``false``."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value:
        return value.lower() == "true"
    return default
