"""What is left of the organisation's limits, and how many records its objects hold."""

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.context import USAGE, in_thread, organisation
from salesforce_simulator.transport.replies import json_reply

# Allotments of an organisation in which nobody else works. What this server counts is filled in.
_UNUSED = {
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20,
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DataStorageMB": 10_240,
    "FileStorageMB": 10_240,
    "HourlyAsyncReportRuns": 1_200,
    "HourlySyncReportRuns": 500,
    "MassEmail": 5_000,
    "SingleEmail": 5_000,
}


async def limits(request: web.Request) -> web.Response:
    """GET /limits: ``{name: {Max, Remaining}}``."""
    usage = request.config_dict[USAGE]
    body = {name: {"Max": most, "Remaining": most} for name, most in _UNUSED.items()}
    body["DailyApiRequests"] = {"Max": usage.maximum, "Remaining": usage.remaining}
    return json_reply(request, dict(sorted(body.items())))


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
