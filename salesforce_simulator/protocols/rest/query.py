"""Queries: the first page, and the pages behind a nextRecordsUrl."""

import re
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import ChildPages, QueryResult
from salesforce_simulator.protocols.rest.locators import Locators
from salesforce_simulator.protocols.routing import data, data_path, version_of
from salesforce_simulator.transport.bodies import flag
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply

LOCATORS = web.AppKey("locators", Locators)

_DEFAULT_PAGE = 2000
_SMALLEST_PAGE = 200
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d{1,9})")
_POSITION = re.compile(r"(?P<locator>\w+)-(?P<start>\d{1,12})")


async def first_page(request: web.Request) -> web.Response:
    """GET /query?q= or /queryAll?q=: the first page; queryAll sees deleted records too.

    With ``columns=true`` the columns are told instead.
    """
    soql = request.query.get("q")
    if not soql:
        raise HttpError(400, "MALFORMED_QUERY", "A query string has to be specified")
    if flag(request.query.get("columns")):
        describe = organisation(request).query_columns
        columns = await in_thread(request, describe, soql, session(request), version_of(request))
        return json_reply(request, columns)
    return await answer_query(request, soql, include_deleted=_resource(request) == "queryAll")


async def answer_query(
    request: web.Request, soql: str, *, include_deleted: bool = False
) -> web.Response:
    """Return the first page of a query, with the path of the next one if there is one."""
    result = await in_thread(
        request,
        organisation(request).query,
        soql,
        session(request),
        include_deleted=include_deleted,
        version=version_of(request),
    )
    body = await in_thread(request, _page, request, result, 0)
    if not body["done"]:
        body["nextRecordsUrl"] = _open(request, result, len(body["records"]))
    return json_reply(request, body)


async def next_page(request: web.Request) -> web.Response:
    """GET /query/LOCATOR-START: the page that begins at this record."""
    match = _POSITION.fullmatch(request.match_info["position"])
    if match is None:
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    locator, start = match["locator"], int(match["start"])
    locators = request.config_dict[LOCATORS]
    result = locators.find(locator, session(request).user_id, organisation(request).now())
    body = await in_thread(request, _page, request, result, start)
    if not body["done"]:
        body["nextRecordsUrl"] = _next_url(request, locator, start + len(body["records"]))
    return json_reply(request, body)


def _page(request: web.Request, result: QueryResult, start: int) -> dict[str, Any]:
    if start > result.total_size:
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    size = _page_size(request)

    def next_children(children: QueryResult, first: int) -> str:
        return _open(request, children, first, of_children=True)

    pages = ChildPages(size, next_children)
    records = list(result.records(version_of(request), start, start + size, pages))
    # A bare COUNT() has a size and no records: it is done at once.
    done = not records or start + len(records) >= result.total_size
    return {"totalSize": result.total_size, "done": done, "records": records}


def _page_size(request: web.Request) -> int:
    match = _BATCH_SIZE.search(request.headers.get("Sforce-Query-Options", ""))
    if match is None:
        return _DEFAULT_PAGE
    return min(_DEFAULT_PAGE, max(_SMALLEST_PAGE, int(match[1])))


def _open(
    request: web.Request, result: QueryResult, start: int, *, of_children: bool = False
) -> str:
    """Keep a result for the pages from `start` on, and return the address of the next one."""
    locators, now = request.config_dict[LOCATORS], organisation(request).now()
    user_id = session(request).user_id
    return _next_url(request, locators.open(result, user_id, now, of_children=of_children), start)


def _next_url(request: web.Request, locator: str, start: int) -> str:
    return f"{data_path(request)}/{_resource(request)}/{locator}-{start}"


def _resource(request: web.Request) -> str:
    return "queryAll" if "/queryAll" in request.path else "query"


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        data("GET", "/query", first_page),
        data("GET", "/query/{position}", next_page),
        data("GET", "/queryAll", first_page),
        data("GET", "/queryAll/{position}", next_page),
    ]
