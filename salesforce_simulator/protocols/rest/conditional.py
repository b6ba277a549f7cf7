"""Answers that are not sent again while they look the same: ETag and Last-Modified."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import orjson
from aiohttp import web

from salesforce_simulator.transport.context import session
from salesforce_simulator.transport.replies import json_reply


class Ages:
    """Remembers since when each resource has looked as it does."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, tuple[str, datetime]] = {}

    def since(self, key: str, tag: str) -> datetime:
        """Return when the resource under this key took the content with this tag."""
        known = self._known.get(key)
        if known is None or known[0] != tag:
            known = (tag, self._now().replace(microsecond=0))
            self._known[key] = known
        return known[1]


AGES = web.AppKey("ages", Ages)


def conditional_reply(request: web.Request, body: object) -> web.Response:
    """Return the body, or 304 when the client has it: If-None-Match, else If-Modified-Since.

    What a user may not see is not in his answer, so ages are kept for each user.
    """
    tag = hashlib.sha256(orjson.dumps(body)).hexdigest()[:16]
    key = f"{session(request).user_id} {request.path.rstrip('/').lower()}"
    since = request.config_dict[AGES].since(key, tag)
    headers = {"ETag": f'"{tag}"', "Last-Modified": format_date(since)}
    if _is_known(request, tag, since):
        return web.Response(status=304, headers=headers)
    return json_reply(request, body, headers=headers)


def _is_known(request: web.Request, tag: str, since: datetime) -> bool:
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return tag in tags
    moment = http_date(request.headers.get("If-Modified-Since"))
    return moment is not None and since <= moment


def format_date(moment: datetime) -> str:
    """Return a moment as headers tell it."""
    return format_datetime(moment, usegmt=True)


def stamp_moment(stamp: str) -> datetime:
    """Return the moment of a datetime in REST's form, such as 2026-01-02T03:04:05.000+0000."""
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z")


def http_date(text: str | None) -> datetime | None:
    """Return the moment that a header names, or None for anything else."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
