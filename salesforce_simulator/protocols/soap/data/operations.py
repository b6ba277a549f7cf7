"""The table of data operations, and how each call of one is answered."""

import re
from collections.abc import Callable

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.gate import admit
from salesforce_simulator.protocols.rest.query import LOCATORS
from salesforce_simulator.protocols.soap.data import describes, queries, reshaping, writes
from salesforce_simulator.protocols.soap.data.call import DataCall
from salesforce_simulator.protocols.soap.data.markup import Markup, elements
from salesforce_simulator.protocols.soap.envelope import (
    Call,
    data_envelope,
    fault_envelope,
)
from salesforce_simulator.protocols.soap.http import fault, xml_reply
from salesforce_simulator.transport.context import USAGE, in_thread, organisation

Operation = Callable[[DataCall], Markup]

OPERATIONS: dict[str, Operation] = {
    "convertLead": reshaping.convert_lead,
    "create": writes.create,
    "delete": writes.delete,
    "describeGlobal": describes.describe_global,
    "describeSObject": describes.describe_sobject,
    "describeSObjects": describes.describe_sobjects,
    "emptyRecycleBin": writes.empty_recycle_bin,
    "getDeleted": queries.get_deleted,
    "getServerTimestamp": queries.get_server_timestamp,
    "getUpdated": queries.get_updated,
    "merge": reshaping.merge,
    "query": queries.query,
    "queryAll": queries.query_all,
    "queryMore": queries.query_more,
    "retrieve": queries.retrieve,
    "search": queries.search,
    "undelete": writes.undelete,
    "update": writes.update,
    "upsert": writes.upsert,
}
# In the enterprise API records are typed, so what returns them is not the same there.
WITHOUT_RECORDS = OPERATIONS.keys() - {"query", "queryAll", "queryMore", "retrieve", "search"}
_FAULTS = {
    "INVALID_FIELD": "InvalidFieldFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "MALFORMED_ID": "InvalidIdFault",
    "MALFORMED_QUERY": "MalformedQueryFault",
    "MALFORMED_SEARCH": "MalformedSearchFault",
}
_WITH_POSITION = frozenset(
    {"InvalidFieldFault", "InvalidSObjectFault", "MalformedQueryFault", "MalformedSearchFault"}
)
_POSITION = re.compile(r"ERROR at Row:(\d+):Column:(\d+)")


async def answer(request: web.Request, call: Call, api: str) -> web.Response:
    """Answer a call of one of ``OPERATIONS``: 200 with the results, or 500 with a fault.

    `api` is partner or enterprise.
    """
    try:
        markup = await _work(request, call)
    except SalesforceError as error:
        return fault(_fault(error, api))
    usage = request.config_dict[USAGE]
    limit = {"current": usage.used, "limit": usage.maximum, "type": "API REQUESTS"}
    header = elements({"LimitInfoHeader": {"limitInfo": limit}})
    return xml_reply(data_envelope(call.operation, header, markup, api))


async def _work(request: web.Request, call: Call) -> Markup:
    data = DataCall(
        session=await admit(request, call.session_id or ""),
        organisation=organisation(request),
        call=call,
        version=request.match_info["version"],
        locators=request.config_dict[LOCATORS],
    )
    return await in_thread(request, OPERATIONS[call.operation], data)


def _fault(error: SalesforceError, api: str) -> bytes:
    """Return the fault of the error's code; those about a query tell its row and column."""
    fault_type = _FAULTS.get(error.code, "UnexpectedErrorFault")
    if fault_type not in _WITH_POSITION:
        return fault_envelope(error, fault_type, api=api)
    place = _POSITION.search(error.message)
    row, column = place.groups() if place else ("-1", "-1")
    return fault_envelope(error, fault_type, {"row": row, "column": column}, api)
