"""The records that a user has worked on last."""

from itertools import islice
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.protocols.routing import data, version_of
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply

_MOST = 200
_MOST_ITEMS = 5  # of one object
_LOOKED_AT = 200  # newest records of an object among which the user's own are sought


async def recent(request: web.Request) -> web.Response:
    """GET /recent?limit=N: records of all objects, the one worked on last first."""
    limit = _limit(request.query.get("limit"))
    items = await in_thread(request, _recent, request, limit)
    return json_reply(request, items)


def _limit(text: str | None) -> int:
    if text is None:
        return _MOST
    if not text.isdecimal() or not text.isascii() or not 1 <= len(text.lstrip("0")) <= len("2000"):
        raise HttpError(400, "INVALID_QUERY_FILTER_OPERATOR", f"Invalid limit: {text[:20]}")
    return min(_MOST, int(text))


def _recent(request: web.Request, limit: int) -> list[dict[str, Any]]:
    catalogue = organisation(request).catalogue_for(session(request))
    found = [
        record
        for sobject in catalogue
        if "mru" in sobject.abilities
        for record in islice(_worked_on(request, sobject), limit)
    ]
    found.sort(key=lambda record: str(record["SystemModstamp"]), reverse=True)
    return [_item(record) for record in found[:limit]]


def recent_items(request: web.Request, sobject: SObject) -> list[dict[str, Any]]:
    """Return the records of one object that the user has worked on last."""
    return [_item(record) for record in islice(_worked_on(request, sobject), _MOST_ITEMS)]


def _worked_on(request: web.Request, sobject: SObject) -> list[dict[str, Any]]:
    if not sobject.has("LastModifiedById") or not sobject.has("SystemModstamp"):
        return []
    name = next((field.name for field in sobject.fields if field.is_name), "Id")
    fields = ", ".join(dict.fromkeys(("Id", name, "LastModifiedById", "SystemModstamp")))
    user = session(request)
    soql = f"SELECT {fields} FROM {sobject.name} ORDER BY SystemModstamp DESC LIMIT {_LOOKED_AT}"  # noqa: S608 - SOQL
    records = organisation(request).query(soql, user).records(version_of(request))
    return [record for record in records if record["LastModifiedById"] == user.user_id]


def _item(record: dict[str, Any]) -> dict[str, Any]:
    inner = {"LastModifiedById", "SystemModstamp"}
    return {name: value for name, value in record.items() if name not in inner}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [data("GET", "/recent", recent)]
