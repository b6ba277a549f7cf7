"""What is left of the organisation's limits, and how many records its objects hold."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.rest.allotments import CUSTOM_PERMISSION_SETS, allotments
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.context import in_thread, meters, organisation
from salesforce_simulator.transport.replies import json_reply

_RECORD_KILOBYTES = 2  # what Salesforce takes for a record, whatever is in it
_KILOBYTES_PER_MEGABYTE = 1024


async def limits(request: web.Request) -> web.Response:
    """GET /limits: ``{name: {Max, Remaining}}``."""
    org = organisation(request)
    used = {
        "DataStorageMB": await in_thread(request, _stored_megabytes, org),
        "PermissionSets": await in_thread(request, org.record_count, "PermissionSet"),
    }
    body: dict[str, dict[str, Any]] = {
        name: {"Max": most, "Remaining": max(0, most - used.get(name, 0))}
        for name, most in allotments(org.edition).items()
    }
    for name, meter in meters(request).items():
        body[name] = {"Max": meter.maximum, "Remaining": meter.remaining}
    for name, (most, remaining) in org.reports.limits.usage().items():
        body[name] = {"Max": most, "Remaining": remaining}
    body["PermissionSets"]["CreateCustom"] = {
        "Max": CUSTOM_PERMISSION_SETS,
        "Remaining": CUSTOM_PERMISSION_SETS - used["PermissionSets"],
    }
    return json_reply(request, body)


def _stored_megabytes(org: Organisation) -> int:
    records = sum(org.record_count(sobject.name) for sobject in org.catalogue)
    return records * _RECORD_KILOBYTES // _KILOBYTES_PER_MEGABYTE


async def record_count(request: web.Request) -> web.Response:
    """GET /limits/recordCount?sObjects=A,B: counts; objects without records are left out."""
    names = [name for name in request.query.get("sObjects", "").split(",") if name]
    counts = await in_thread(request, _counts, organisation(request), names)
    body = {"sObjects": [{"count": n, "name": name} for name, n in counts if n]}
    return json_reply(request, body)


def _counts(org: Organisation, names: list[str]) -> list[tuple[str, int]]:
    known = {sobject.name.lower(): sobject.name for sobject in org.catalogue}
    wanted = {known[n.lower()] for n in names if n.lower() in known} if names else known.values()
    return [(name, org.record_count(name)) for name in sorted(wanted)]


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [data("GET", "/limits", limits), data("GET", "/limits/recordCount", record_count)]
