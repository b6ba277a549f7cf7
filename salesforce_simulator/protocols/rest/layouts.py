"""Layouts: what the pages of an object's records show, for each record type."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.layouts import Layout
from salesforce_simulator.organisation.layouts.compact import (
    describe_compact_layout,
    describe_compact_layouts,
)
from salesforce_simulator.organisation.layouts.describe import describe_layout, describe_layouts
from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.organisation.record_types import RecordType
from salesforce_simulator.protocols.rest.conditional import conditional_reply
from salesforce_simulator.protocols.routing import data, version_of
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.replies import json_reply


async def layouts(request: web.Request) -> web.Response:
    """GET /sobjects/X/describe/layouts: all layouts; none of them with several record types."""
    return conditional_reply(request, await in_thread(request, _layouts, request))


async def layout(request: web.Request) -> web.Response:
    """GET /sobjects/X/describe/layouts/RECORD_TYPE_ID: the layout of a record type."""
    return conditional_reply(request, await in_thread(request, _layout, request))


async def compact_layouts(request: web.Request) -> web.Response:
    """GET /sobjects/X/describe/compactLayouts."""
    return conditional_reply(request, await in_thread(request, _compact_layouts, request))


async def compact_layout(request: web.Request) -> web.Response:
    """GET /sobjects/X/describe/compactLayouts/RECORD_TYPE_ID."""
    return conditional_reply(request, await in_thread(request, _compact_layout, request))


async def approval_layouts(request: web.Request) -> web.Response:
    """GET /sobjects/X/describe/approvalLayouts: there are no approval processes."""
    await in_thread(request, _layoutable, request)
    return json_reply(request, {"approvalLayouts": []})


async def missing_layout(_request: web.Request) -> web.Response:
    """GET /sobjects/X/describe/approvalLayouts/NAME or namedLayouts/NAME: there is none."""
    raise not_found()


def _layouts(request: web.Request) -> dict[str, Any]:
    org = organisation(request)
    catalogue, sobject = _layoutable(request)
    types = org.record_types(sobject)
    assigned = {each.id: _assigned(org, sobject, each.id) for each in types}
    return describe_layouts(sobject, catalogue, types, assigned, version_of(request))


def _assigned(org: Organisation, sobject: SObject, record_type_id: str) -> Layout:
    """Return the layout of a record type, with what is known of its buttons."""
    web_links = org.metadata.web_links(sobject.name)
    return replace(org.layouts.assigned(sobject, record_type_id), web_links=web_links)


def _layout(request: web.Request) -> dict[str, Any]:
    catalogue, sobject = _layoutable(request)
    record_type = _record_type(request, sobject)
    assigned = _assigned(organisation(request), sobject, record_type.id)
    return describe_layout(sobject, catalogue, assigned)


def _compact_layouts(request: web.Request) -> dict[str, Any]:
    _, sobject = _layoutable(request)
    types = organisation(request).record_types(sobject)
    return describe_compact_layouts(sobject, types, version_of(request))


def _compact_layout(request: web.Request) -> dict[str, Any]:
    _, sobject = _layoutable(request)
    _record_type(request, sobject)
    return describe_compact_layout(sobject)


def _layoutable(request: web.Request) -> tuple[Catalogue, SObject]:
    """Return the object that the path names as the user sees it; NOT_FOUND without layouts."""
    catalogue = organisation(request).catalogue_for(session(request))
    sobject = catalogue.get(request.match_info["name"])
    if "layout" not in sobject.abilities:
        raise not_found()
    return catalogue, sobject


def _record_type(request: web.Request, sobject: SObject) -> RecordType:
    wanted = normalise_id(request.match_info["id"])
    types = organisation(request).record_types(sobject)
    found = next((each for each in types if each.id == wanted), None)
    if found is None:
        raise not_found()
    return found


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    base = "/sobjects/{name}/describe"
    return [
        data("GET", f"{base}/layouts", layouts),
        data("GET", f"{base}/layouts/{{id}}", layout),
        data("GET", f"{base}/compactLayouts", compact_layouts),
        data("GET", f"{base}/compactLayouts/{{id}}", compact_layout),
        data("GET", f"{base}/approvalLayouts", approval_layouts),
        data("GET", f"{base}/approvalLayouts/{{id}}", missing_layout),
        data("GET", f"{base}/namedLayouts/{{id}}", missing_layout),
    ]
