"""The partner API's operations behind /services/Soap/u/VERSION.

The enterprise API behind /services/Soap/c/VERSION has the same ones but for those that return
records: their types follow a WSDL that each organisation generates for itself.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.gate import admit
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.protocols.soap.data.operations import (
    OPERATIONS,
    WITHOUT_RECORDS,
    answer,
)
from salesforce_simulator.protocols.soap.envelope import (
    Call,
    fault_envelope,
    read_call,
    result_envelope,
)
from salesforce_simulator.protocols.soap.http import check_version, fault, xml_reply
from salesforce_simulator.protocols.soap.passwords import change_password, set_user_password
from salesforce_simulator.protocols.soap.user_info import user_info
from salesforce_simulator.transport.context import (
    client_address,
    in_thread,
    instance_url,
    organisation,
)

_SHORT_ID = 15
_APIS = {"u": "partner", "c": "enterprise"}

_Operation = Callable[[web.Request, Call], Awaitable[dict[str, object] | None]]


async def call(request: web.Request) -> web.Response:
    """POST an envelope: 200 with the result, or 500 with a fault."""
    operation, api = "", _APIS[request.match_info["api"]]
    try:
        check_version(request)
        soap_call = read_call(await request.read())
        operation = soap_call.operation
        if operation in (OPERATIONS if api == "partner" else WITHOUT_RECORDS):
            return await answer(request, soap_call, api)
        result = await _operation(operation, api)(request, soap_call)
    except SalesforceError as error:
        fault_type = "LoginFault" if operation == "login" else "UnexpectedErrorFault"
        return fault(fault_envelope(error, fault_type, api=api))
    return xml_reply(result_envelope(operation, result, api))


def fault_reply(request: web.Request, error: SalesforceError) -> web.Response:
    """Return the answer to a call that was not even looked at."""
    api = _APIS.get(request.match_info.get("api", ""), "partner")
    return fault(fault_envelope(error, "UnexpectedErrorFault", api=api))


async def login(request: web.Request, soap_call: Call) -> dict[str, object]:
    """Sign in with user name, password and security token in one."""
    version, api = request.match_info["version"], request.match_info["api"]
    if float(version) > organisation(request).policies.current.soap_login_last_version:
        message = f"SOAP API login() is not available in API version {version}."
        raise SalesforceError("INVALID_OPERATION", message)
    session = await in_thread(
        request,
        organisation(request).login,
        soap_call.parameters.get("username", ""),
        soap_call.parameters.get("password", ""),
        client_address(request),
    )
    server = instance_url(request)
    short_id = session.organisation_id[:_SHORT_ID]
    return {
        "metadataServerUrl": f"{server}/services/Soap/m/{version}/{short_id}",
        "passwordExpired": session.password_expired,
        "sandbox": organisation(request).is_sandbox,
        "serverUrl": f"{server}/services/Soap/{api}/{version}/{short_id}",
        "sessionId": session.id,
        "userId": session.user_id,
        "userInfo": user_info(organisation(request), session),
    }


async def logout(request: web.Request, soap_call: Call) -> None:
    """End the session of the header."""
    session = await admit(request, soap_call.session_id or "")
    await in_thread(request, organisation(request).end_session, session.id)


async def get_user_info(request: web.Request, soap_call: Call) -> dict[str, object]:
    """Tell who the session of the header belongs to."""
    return user_info(organisation(request), await admit(request, soap_call.session_id or ""))


_OPERATIONS: dict[str, _Operation] = {
    "login": login,
    "logout": logout,
    "getUserInfo": get_user_info,
    "setPassword": set_user_password,
    "changeOwnPassword": change_password,
}


def _operation(name: str, api: str) -> _Operation:
    try:
        return _OPERATIONS[name]
    except KeyError:
        message = f"No operation available for request {{urn:{api}.soap.sforce.com}}{name}"
        raise SalesforceError("soapenv:Client", message) from None


def routes() -> list[web.RouteDef]:
    """Return the routes of this module; an organisation id may follow the version."""
    path = "/services/Soap/{api:[uc]}/{letter:v?}{version}"
    return [
        route("POST", path, call),
        route("POST", path + "/{organisation_id}", call),
    ]
