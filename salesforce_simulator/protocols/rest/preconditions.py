"""Conditions that a client puts on a record: only if it has changed, only if it has not."""

import hashlib
from typing import Any

from aiohttp import web

from salesforce_simulator.protocols.rest.conditional import format_date, http_date, stamp_moment
from salesforce_simulator.protocols.routing import version_of
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError

_STAMP = "SystemModstamp"
_READ_HEADERS = ("If-None-Match", "If-Modified-Since")
_WRITE_HEADERS = ("If-Match", "If-Unmodified-Since")


async def record_headers(request: web.Request, record: dict[str, Any]) -> dict[str, str]:
    """Return ETag and Last-Modified of a record that was read, as far as the object has a stamp.

    A record that was read with a few fields is looked up again only when the client asks.
    """
    stamp = record.get(_STAMP)
    if stamp is None and any(name in request.headers for name in _READ_HEADERS):
        stamp = await _stamp_of(request, *record["attributes"]["url"].rsplit("/", 2)[1:])
    if not isinstance(stamp, str):
        return {}
    return {"ETag": _tag(stamp), "Last-Modified": format_date(stamp_moment(stamp))}


def is_known(request: web.Request, headers: dict[str, str]) -> bool:
    """Tell whether the client has the record that these headers stand for."""
    if not headers:
        return False
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return _names(tags, headers["ETag"])
    since = http_date(request.headers.get("If-Modified-Since"))
    modified = http_date(headers["Last-Modified"])
    return since is not None and modified is not None and modified <= since


async def check_preconditions(request: web.Request, record_id: str) -> None:
    """Raise 412 when the record is not the one that If-Match or If-Unmodified-Since names."""
    if not any(name in request.headers for name in _WRITE_HEADERS):
        return
    stamp = await _stamp_of(request, request.match_info["name"], record_id)
    if stamp is None:
        return
    tags = request.headers.get("If-Match")
    if tags is not None:
        fits = tags.strip() == "*" or _names(tags, _tag(stamp))
    else:
        until = http_date(request.headers.get("If-Unmodified-Since"))
        fits = until is None or stamp_moment(stamp) <= until
    if not fits:
        message = "The record was changed by someone else since it was read"
        raise HttpError(412, "PRECONDITION_FAILED", message)


async def _stamp_of(request: web.Request, name: str, record_id: str) -> str | None:
    org = organisation(request)
    sobject = org.catalogue_for(session(request)).find(name)
    if sobject is None or not sobject.has(_STAMP):
        return None
    record = await in_thread(
        request, org.get, name, record_id, session(request), [_STAMP], version_of(request)
    )
    return str(record[_STAMP])


def _tag(stamp: str) -> str:
    return f'"{hashlib.sha256(stamp.encode()).hexdigest()[:8]}"'


def _names(tags: str, tag: str) -> bool:
    return tag in {
        part.strip().removeprefix("W/").removesuffix("--gzip") for part in tags.split(",")
    }
