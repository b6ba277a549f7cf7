"""What objects and fields there are: the global describe and the describe of one object."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import orjson
from aiohttp import web

from salesforce_simulator.protocols.routing import data, data_path, version_of
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply


class DescribeAges:
    """Remembers since when each describe has looked as it does, for conditional requests."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, datetime]] = {}

    def since(self, key: str, tag: str) -> datetime:
        """Return when the describe under this key took the content with this tag."""
        known = self._known.get(key)
        if known is None or known[0] != tag:
            known = (tag, datetime.now(UTC).replace(microsecond=0))
            self._known[key] = known
        return known[1]


AGES = web.AppKey("describe_ages", DescribeAges)


async def describe_global(request: web.Request) -> web.Response:
    """GET /sobjects: every object with its abilities; may answer 304."""
    body = await in_thread(
        request, organisation(request).describe_global, session(request), version_of(request)
    )
    return _conditional(request, "", body)


async def describe(request: web.Request) -> web.Response:
    """GET /sobjects/X/describe: the object with all its fields; may answer 304."""
    name = request.match_info["name"]
    body = await in_thread(
        request, organisation(request).describe, name, session(request), version_of(request)
    )
    return _conditional(request, name.lower(), body)


async def object_info(request: web.Request) -> web.Response:
    """GET /sobjects/X: the object without its fields, and the records that were seen last."""
    org, version = organisation(request), version_of(request)
    name = request.match_info["name"]
    catalogue = await in_thread(request, org.describe_global, session(request), version)
    full = await in_thread(request, org.describe, name, session(request), version)
    entry = next(e for e in catalogue["sobjects"] if e["name"] == full["name"])
    soql = f"SELECT Id FROM {full['name']} ORDER BY LastModifiedDate DESC LIMIT 5"  # noqa: S608
    recent = await in_thread(request, org.query, soql, session(request))
    items = await in_thread(request, lambda: list(recent.records(version)))
    return json_reply(request, {"objectDescribe": entry, "recentItems": items})


def _conditional(request: web.Request, key: str, body: object) -> web.Response:
    tag = hashlib.sha256(orjson.dumps(body)).hexdigest()[:16]
    since = request.config_dict[AGES].since(f"{data_path(request)} {key}", tag)
    headers = {"ETag": f'"{tag}"', "Last-Modified": format_datetime(since, usegmt=True)}
    if _is_known(request, tag, since):
        return web.Response(status=304, headers=headers)
    return json_reply(request, body, headers=headers)


def _is_known(request: web.Request, tag: str, since: datetime) -> bool:
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return tag in tags
    header = request.headers.get("If-Modified-Since")
    if header is None:
        return False
    try:
        return since <= parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return False


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("GET", "/sobjects", describe_global),
        data("GET", "/sobjects/{name}", object_info),
        data("GET", "/sobjects/{name}/describe", describe),
    ]
