"""Reports as saved definitions: list, describe, create, clone, change and delete."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation, Session
from salesforce_simulator.protocols.analytics.requests import (
    REPORTS,
    links,
    report_attributes,
    report_id,
    reports_path,
    require_metadata,
)
from salesforce_simulator.protocols.routing import data, data_path
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply, no_content


async def list_resources(request: web.Request) -> web.Response:
    """GET /analytics: the paths below it."""
    names = ("reports", "reportTypes")
    return json_reply(request, {name: f"{data_path(request)}/analytics/{name}" for name in names})


async def list_recent(request: web.Request) -> web.Response:
    """GET /analytics/reports: up to 200 reports that the user has viewed last."""
    viewed = await in_thread(request, organisation(request).reports.recent, session(request))
    body = [
        {
            **links(request, report.id),
            "id": report.id,
            "name": report.name,
            "reportFormat": report.format,
            "url": f"{reports_path(request)}/{report.id}",
        }
        for report in viewed
    ]
    return json_reply(request, body)


async def create(request: web.Request) -> web.Response:
    """POST /analytics/reports[?cloneId=]: the description of the new report."""
    metadata = await require_metadata(request)
    clone_id = request.query.get("cloneId")
    reports = organisation(request).reports
    if clone_id:
        made = await in_thread(request, reports.clone, clone_id, metadata, session(request))
    else:
        made = await in_thread(request, reports.create, metadata, session(request))
    return await _described(request, made)


async def describe(request: web.Request) -> web.Response:
    """GET /analytics/reports/ID/describe: what the report is, and what its type offers."""
    return await _described(request, report_id(request))


async def update(request: web.Request) -> web.Response:
    """PATCH /analytics/reports/ID: the description of the changed report."""
    metadata = await require_metadata(request)
    await in_thread(
        request, organisation(request).reports.update, report_id(request), metadata,
        session(request),
    )  # fmt: skip
    return await _described(request, report_id(request))


async def delete(request: web.Request) -> web.Response:
    """DELETE /analytics/reports/ID: 204."""
    await in_thread(
        request, organisation(request).reports.delete, report_id(request), session(request)
    )
    return no_content()


async def list_types(request: web.Request) -> web.Response:
    """GET /analytics/reportTypes: report types by category."""
    groups = await in_thread(request, _types, organisation(request), session(request))
    base = f"{data_path(request)}/analytics/reportTypes"
    body = [
        {
            "label": category,
            "reportTypes": [
                {"describeUrl": f"{base}/{name}", "label": label, "type": name}
                for name, label in types
            ],
        }
        for category, types in groups.items()
    ]
    return json_reply(request, body)


def _types(org: Organisation, user: Session) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in org.reports.types(user):
        groups.setdefault(kind.category, []).append((kind.name, kind.label))
    return groups


async def describe_type(request: web.Request) -> web.Response:
    """GET /analytics/reportTypes/NAME: the description of a new report of the type."""
    name = request.match_info["name"]
    reports = organisation(request).reports
    body = await in_thread(request, reports.describe_type, name, session(request))
    return json_reply(request, _with_attributes(request, body))


async def _described(request: web.Request, of: str) -> web.Response:
    reports = organisation(request).reports
    body = await in_thread(request, reports.describe, of, session(request))
    return json_reply(request, _with_attributes(request, body))


def _with_attributes(request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
    metadata = body["reportMetadata"]
    return {
        "attributes": report_attributes(request, metadata["id"], metadata["name"]),
        **body,
    }


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("GET", "/analytics", list_resources),
        data("GET", REPORTS, list_recent),
        data("POST", REPORTS, create),
        data("GET", REPORTS + "/{id}/describe", describe),
        data("PATCH", REPORTS + "/{id}", update),
        data("DELETE", REPORTS + "/{id}", delete),
        data("GET", "/analytics/reportTypes", list_types),
        data("GET", "/analytics/reportTypes/{name}", describe_type),
    ]
