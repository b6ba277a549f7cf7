"""JSON replies as Salesforce sends them."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

_JSON = "application/json;charset=UTF-8"


def json_reply(
    request: web.Request, data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a JSON reply; ``X-PrettyPrint: 1`` asks for indentation."""
    indent = orjson.OPT_INDENT_2 if request.headers.get("X-PrettyPrint") == "1" else 0
    body = orjson.dumps(data, option=indent)
    return web.Response(
        body=body, status=status, headers={"Content-Type": _JSON, **(headers or {})}
    )


def no_content() -> web.Response:
    """Return 204 without a body, the answer to a write that has nothing to tell."""
    return web.Response(status=204)
