"""Runs of a report that answer at once: as JSON, or as a spreadsheet."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation, Session
from salesforce_simulator.protocols.analytics.requests import (
    REPORTS,
    read_metadata,
    report_attributes,
    report_id,
    require_metadata,
    wants_details,
)
from salesforce_simulator.protocols.analytics.workbook import SPREADSHEET, file_name, workbook
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply


async def run(request: web.Request) -> web.Response:
    """GET or POST /analytics/reports/ID: results; a POST may bring its own `reportMetadata`."""
    if SPREADSHEET in request.headers.get("Accept", ""):
        return await _spreadsheet(request)
    metadata = await read_metadata(request)
    body = await in_thread(
        request,
        organisation(request).reports.run,
        report_id(request),
        session(request),
        details=wants_details(request, metadata),
        metadata=metadata,
    )
    return json_reply(request, _with_attributes(request, body))


async def run_unsaved(request: web.Request) -> web.Response:
    """POST /analytics/reports/query: results of a definition that is saved nowhere."""
    metadata = await require_metadata(request)
    body = await in_thread(
        request,
        organisation(request).reports.run_unsaved,
        metadata,
        session(request),
        details=wants_details(request, metadata),
    )
    return json_reply(request, _with_attributes(request, body))


def _with_attributes(request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
    metadata = body["reportMetadata"]
    attributes = report_attributes(request, metadata["id"], metadata["name"])
    return {"attributes": attributes, **body}


async def _spreadsheet(request: web.Request) -> web.Response:
    org, user = organisation(request), session(request)
    name, content = await in_thread(request, _content, org, user, report_id(request))
    headers = {
        "Content-Type": SPREADSHEET,
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return web.Response(body=content, headers=headers)


def _content(org: Organisation, user: Session, of: str) -> tuple[str, bytes]:
    stored, sheet = org.reports.sheet(of, user)
    now = org.now()
    return file_name(stored.definition.name, now), workbook(stored.definition, sheet, user, now)


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("POST", REPORTS + "/query", run_unsaved),
        data("GET", REPORTS + "/{id}", run),
        data("POST", REPORTS + "/{id}", run),
    ]
