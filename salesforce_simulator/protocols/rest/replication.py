"""Which records were deleted or updated in a span of time."""

from datetime import UTC, datetime

from aiohttp import web

from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply


async def deleted(request: web.Request) -> web.Response:
    """GET /sobjects/X/deleted?start=&end=: ids with the time of their deletion."""
    body = await in_thread(
        request,
        organisation(request).deleted,
        request.match_info["name"],
        *_span(request),
        session(request),
    )
    return json_reply(request, body)


async def updated(request: web.Request) -> web.Response:
    """GET /sobjects/X/updated?start=&end=: ids of records that were created or changed."""
    body = await in_thread(
        request,
        organisation(request).updated,
        request.match_info["name"],
        *_span(request),
        session(request),
    )
    return json_reply(request, body)


def _span(request: web.Request) -> tuple[datetime, datetime]:
    return _moment(request, "start"), _moment(request, "end")


def _moment(request: web.Request, name: str) -> datetime:
    text = request.query.get(name)
    if text is None:
        raise HttpError(400, "MISSING_ARGUMENT", f"The {name} parameter is required")
    # A plus sign that the client did not escape has become a space on its way.
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        message = f"{name} is not a valid date and time: {text}"
        raise HttpError(400, "INVALID_REPLICATION_DATE", message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("GET", "/sobjects/{name}/deleted", deleted),
        data("GET", "/sobjects/{name}/updated", updated),
    ]
