"""The Metadata API behind /services/Soap/m/VERSION, whatever follows in the path."""

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.gate import admit
from salesforce_simulator.protocols.metadata.envelope import (
    Call,
    fault_envelope,
    read_call,
    result_envelope,
)
from salesforce_simulator.protocols.metadata.operations import OPERATIONS
from salesforce_simulator.protocols.soap.http import check_version, fault, xml_reply
from salesforce_simulator.transport.context import in_thread, organisation


async def call(request: web.Request) -> web.Response:
    """POST an envelope: 200 with the result, or 500 with a fault."""
    try:
        check_version(request)
        soap_call = await in_thread(request, read_call, await request.read())
        return await _answer(request, soap_call)
    except SalesforceError as error:
        return fault_reply(request, error)


def fault_reply(_request: web.Request, error: SalesforceError) -> web.Response:
    """Return a fault, also for a call that was not even looked at."""
    return fault(fault_envelope(error))


async def _answer(request: web.Request, soap_call: Call) -> web.Response:
    name = soap_call.operation.name
    operation = OPERATIONS.get(name)
    if operation is None:
        message = f"No operation available for request {{urn:metadata}}{name}"
        raise SalesforceError("soapenv:Client", message)
    session = await admit(request, _session_id(soap_call))
    metadata = organisation(request).metadata
    result = await in_thread(request, operation, metadata, session, soap_call.operation)
    return xml_reply(await in_thread(request, result_envelope, name, result))


def _session_id(soap_call: Call) -> str:
    if not soap_call.session_id:
        message = "Invalid Session ID found in SessionHeader: Illegal Session"
        raise SalesforceError("INVALID_SESSION_ID", message)
    return soap_call.session_id


def routes() -> list[web.RouteDef]:
    """Return the route of this module; clients add an organisation id, or names of their own."""
    return [web.post(r"/services/Soap/m/{version}{rest:(?:/.*)?}", call)]
