"""Runs of a report in the background: ask for one, list them, fetch and drop results."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.organisation import Organisation, Session
from salesforce_simulator.organisation.reports.instances import Instance
from salesforce_simulator.protocols.analytics.requests import (
    REPORTS,
    read_metadata,
    report_id,
    reports_path,
    wants_details,
)
from salesforce_simulator.protocols.analytics.worker import REPORT_WORKER
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply, no_content

INSTANCES = REPORTS + "/{id}/instances"


async def start(request: web.Request) -> web.Response:
    """POST .../instances: the run's handle, with the status New."""
    metadata = await read_metadata(request)
    org, user = organisation(request), session(request)
    instance = await in_thread(
        request, _request, org, user, report_id(request), metadata, wants_details(request, metadata)
    )
    request.config_dict[REPORT_WORKER].submit(instance.id)
    return json_reply(request, _handle(request, instance))


def _request(
    org: Organisation, user: Session, of: str, metadata: dict[str, Any] | None, details: bool
) -> Instance:
    instance_id = org.reports.request(of, user, details=details, metadata=metadata)
    full_id = org.reports.get(of, user).id
    return org.reports.instances.get(full_id, instance_id)[0]


async def list_instances(request: web.Request) -> web.Response:
    """GET .../instances: the handles of the last 24 hours' runs, the newest first."""
    found = await in_thread(
        request, _list, organisation(request), session(request), report_id(request)
    )
    return json_reply(request, [_handle(request, instance) for instance in found])


def _list(org: Organisation, user: Session, of: str) -> list[Instance]:
    return org.reports.instances.list(org.reports.get(of, user).id)


async def results(request: web.Request) -> web.Response:
    """GET .../instances/ID: the run's status, and its results when it has ended well."""
    body = await in_thread(
        request,
        _results,
        organisation(request),
        session(request),
        report_id(request),
        request.match_info["instance"],
    )
    return json_reply(request, body)


def _results(org: Organisation, user: Session, of: str, instance_id: str) -> dict[str, Any]:
    stored = org.reports.get(of, user)
    instance, found = org.reports.instances.get(stored.id, instance_id)
    attributes = {
        "completionDate": _moment(instance.completed_at),
        "id": instance.id,
        "ownerId": instance.user_id,
        "queryable": False,
        "reportId": stored.id,
        "reportName": stored.definition.name,
        "requestDate": _moment(instance.requested_at),
        "status": instance.status,
        "type": "ReportInstance",
    }
    if found and "errorCode" in found:
        return {"attributes": {**attributes, **found}}
    return {"attributes": attributes, **(found or {})}


async def delete(request: web.Request) -> web.Response:
    """DELETE .../instances/ID: 204 for a run that has ended."""
    await in_thread(
        request,
        _delete,
        organisation(request),
        session(request),
        report_id(request),
        request.match_info["instance"],
    )
    return no_content()


def _delete(org: Organisation, user: Session, of: str, instance_id: str) -> None:
    org.reports.instances.delete(org.reports.get(of, user).id, instance_id)


def _handle(request: web.Request, instance: Instance) -> dict[str, Any]:
    path = f"{reports_path(request)}/{instance.report_id}/instances/{instance.id}"
    return {
        "completionDate": _moment(instance.completed_at),
        "hasDetailRows": instance.details,
        "id": instance.id,
        "ownerId": instance.user_id,
        "queryable": False,
        "requestDate": _moment(instance.requested_at),
        "status": instance.status,
        "url": path,
    }


def _moment(stamp: str | None) -> str | None:
    """Return a stored stamp without its thousandths, as this API writes moments."""
    return None if stamp is None else stamp.replace(".000Z", "Z")


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("POST", INSTANCES, start),
        data("GET", INSTANCES, list_instances),
        data("GET", INSTANCES + "/{instance}", results),
        data("DELETE", INSTANCES + "/{instance}", delete),
    ]
