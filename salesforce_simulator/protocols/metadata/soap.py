"""The Metadata API behind /services/Soap/m/VERSION, whatever follows in the path."""

import re

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols import versions
from salesforce_simulator.protocols.gate import admit
from salesforce_simulator.protocols.metadata.envelope import (
    Call,
    fault_envelope,
    read_call,
    result_envelope,
)
from salesforce_simulator.protocols.metadata.operations import OPERATIONS
from salesforce_simulator.transport.context import in_thread, organisation

_XML = "text/xml;charset=UTF-8"
_VERSION = re.compile(r"\d+\.0")


async def call(request: web.Request) -> web.Response:
    """POST an envelope: 200 with the result, or 500 with a fault."""
    try:
        _check_version(request)
        soap_call = await in_thread(request, read_call, await request.read())
        return await _answer(request, soap_call)
    except SalesforceError as error:
        return fault_reply(request, error)


def fault_reply(_request: web.Request, error: SalesforceError) -> web.Response:
    """Return a fault, also for a call that was not even looked at."""
    return _reply(fault_envelope(error), status=500)


def _check_version(request: web.Request) -> None:
    version = request.match_info["version"]
    oldest = organisation(request).policies.current.oldest_api_version
    if not (_VERSION.fullmatch(version) and versions.is_supported(version, oldest)):
        message = f"Invalid Api version specified on URL: {version}"
        raise SalesforceError("UNSUPPORTED_API_VERSION", message)


async def _answer(request: web.Request, soap_call: Call) -> web.Response:
    name = soap_call.operation.name
    operation = OPERATIONS.get(name)
    if operation is None:
        message = f"No operation available for request {{urn:metadata}}{name}"
        raise SalesforceError("soapenv:Client", message)
    session = await admit(request, _session_id(soap_call))
    metadata = organisation(request).metadata
    result = await in_thread(request, operation, metadata, session, soap_call.operation)
    return _reply(await in_thread(request, result_envelope, name, result))


def _session_id(soap_call: Call) -> str:
    if not soap_call.session_id:
        message = "Invalid Session ID found in SessionHeader: Illegal Session"
        raise SalesforceError("INVALID_SESSION_ID", message)
    return soap_call.session_id


def _reply(body: bytes, *, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, headers={"Content-Type": _XML})


def routes() -> list[web.RouteDef]:
    """Return the route of this module; clients add an organisation id, or names of their own."""
    return [web.post(r"/services/Soap/m/{version}{rest:(?:/.*)?}", call)]
