"""What identity and userinfo tell alike: URLs of the APIs, photo, offset of the time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SHORT_ID = 15  # the SOAP addresses inside carry the 15-character organisation id
_DATA = "/services/data/v{version}/"
_PATHS = {
    "enterprise": "/services/Soap/c/{version}/",
    "metadata": "/services/Soap/m/{version}/",
    "partner": "/services/Soap/u/{version}/",
    "rest": _DATA,
    "sobjects": f"{_DATA}sobjects/",
    "search": f"{_DATA}search/",
    "query": f"{_DATA}query/",
    "recent": f"{_DATA}recent/",
    "tooling_soap": "/services/Soap/T/{version}/",
    "tooling_rest": f"{_DATA}tooling/",
    "profile": "/",
    "feeds": f"{_DATA}chatter/feeds",
    "groups": f"{_DATA}chatter/groups",
    "users": f"{_DATA}chatter/users",
    "feed_items": f"{_DATA}chatter/feed-items",
    "feed_elements": f"{_DATA}chatter/feed-elements",
    "custom_domain": "",
}


def api_urls(
    instance: str, organisation_id: str, user_id: str, version: str | None = None
) -> dict[str, str]:
    """Return the URLs by name; without a version they keep the placeholder ``{version}``."""
    urls = {}
    for name, path in _PATHS.items():
        end = organisation_id[:_SHORT_ID] if "/Soap/" in path else ""
        urls[name] = instance + path + (user_id if name == "profile" else end)
    if version is None:
        return urls
    return {name: url.replace("{version}", version) for name, url in urls.items()}


def photo_url(instance: str, size: str) -> str:
    """Return the URL of a person's photo: ``F`` is the full one, ``T`` the thumbnail."""
    return f"{instance}/profilephoto/005/{size}"


def utc_offset(zone: str) -> int:
    """Return a time zone's offset in milliseconds, without daylight saving time."""
    now = datetime.now(UTC).astimezone(ZoneInfo(zone))
    offset = (now.utcoffset() or timedelta()) - (now.dst() or timedelta())
    return int(offset.total_seconds() * 1000)
