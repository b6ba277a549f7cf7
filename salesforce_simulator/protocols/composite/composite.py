"""POST /composite: up to 25 subrequests that may refer to each other's answers."""

import re

from aiohttp import web

from salesforce_simulator.protocols.composite.subrequests import (
    COLLECTIONS,
    Named,
    read_subrequests,
    run,
)
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.bodies import flag, read_object
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply

_MOST = 25
_MOST_COSTLY = 5  # queries and collections
_QUERY = re.compile(r"/services/data/v[\d.]+/(?:query|queryAll)(?:[/?]|$)")
_NESTED = re.compile(r"/services/data/v[\d.]+/composite(?!/sobjects(?:[/?]|$))")


async def composite(request: web.Request) -> web.Response:
    """Run the subrequests of the body; the answer is 200 whatever becomes of them."""
    body = await read_object(request)
    subrequests = read_subrequests(body.get("compositeRequest"))
    _check(subrequests)
    entries, _ = await run(request, subrequests, all_or_none=flag(body.get("allOrNone")))
    return json_reply(request, {"compositeResponse": entries})


async def list_resources(request: web.Request) -> web.Response:
    """GET /composite: the resources below it with their paths."""
    base = request.path.rstrip("/")
    names = ("tree", "batch", "sobjects", "graph")
    return json_reply(request, {name: f"{base}/{name}" for name in names})


def _check(subrequests: list[Named]) -> None:
    if len(subrequests) > _MOST:
        raise _limit(f"The composite request has {len(subrequests)} subrequests, but {_MOST}")
    urls = [item.call.url for item in subrequests]
    costly = sum(bool(_QUERY.match(url) or COLLECTIONS.match(url)) for url in urls)
    if costly > _MOST_COSTLY:
        raise _limit(
            f"The composite request has {costly} queries and collections, but {_MOST_COSTLY}"
        )
    nested = next((url for url in urls if _NESTED.match(url)), None)
    if nested is not None:
        raise HttpError(400, "INVALID_INPUT", f"Subrequest {nested} is not supported here")


def _limit(problem: str) -> HttpError:
    return HttpError(400, "LIMIT_EXCEEDED", f"{problem} are allowed")


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [data("POST", "/composite", composite), data("GET", "/composite", list_resources)]
