"""What calls about reports have in common."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from salesforce_simulator.protocols.routing import data_path
from salesforce_simulator.transport.bodies import flag, read_object
from salesforce_simulator.transport.errors import HttpError

REPORTS = "/analytics/reports"


def reports_path(request: web.Request) -> str:
    """Return the path of all reports in the request's version."""
    return f"{data_path(request)}{REPORTS}"


def report_id(request: web.Request) -> str:
    """Return the report's id in the request's path."""
    return request.match_info["id"]


def wants_details(request: web.Request, metadata: Mapping[str, Any] | None = None) -> bool:
    """Tell whether the rows are asked for and not only their totals.

    Where the address says nothing, `hasDetailRows` of the metadata in the body decides.
    """
    default = flag((metadata or {}).get("hasDetailRows"))
    return flag(request.query.get("includeDetails"), default=default)


async def read_metadata(request: web.Request) -> dict[str, Any] | None:
    """Return `reportMetadata` of a body, or None where there is no body or none in it."""
    if not await request.read():
        return None
    metadata = (await read_object(request)).get("reportMetadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise HttpError(400, "BAD_REQUEST", "The report metadata must be an object.")
    return metadata


async def require_metadata(request: web.Request) -> dict[str, Any]:
    """Return `reportMetadata` of a body that has to have one."""
    metadata = await read_metadata(request)
    if metadata is None:
        raise HttpError(400, "BAD_REQUEST", "The request has no report metadata.")
    return metadata


def links(request: web.Request, of: str | None) -> dict[str, str]:
    """Return the URLs to describe a report and to list its runs; an unsaved one is `null`."""
    path = f"{reports_path(request)}/{of or 'null'}"
    return {"describeUrl": f"{path}/describe", "instancesUrl": f"{path}/instances"}


def report_attributes(request: web.Request, of: str | None, name: str) -> dict[str, Any]:
    """Return `attributes` of a report's description and results."""
    return {**links(request, of), "reportId": of, "reportName": name, "type": "Report"}
