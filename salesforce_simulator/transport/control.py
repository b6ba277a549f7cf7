"""The control endpoint ``/__control__/``: a test's hand inside the organisation.

It exists only when the server was started with ``--control``; it asks for no session.
"""

from aiohttp import web

from salesforce_simulator.transport import faults
from salesforce_simulator.transport.bodies import read_json, read_object
from salesforce_simulator.transport.call_log import CALLS
from salesforce_simulator.transport.context import USAGE, in_thread, organisation
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.fault_rules import FaultScript, FaultScriptError
from salesforce_simulator.transport.replies import json_reply, no_content

PREFIX = "/__control__/"


async def set_faults(request: web.Request) -> web.Response:
    """POST a fault script (see ``fault_rules``): its rules replace those in force."""
    data = await read_json(request)
    try:
        faults.set_faults(request.app, FaultScript.from_json(data))
    except FaultScriptError as problem:
        raise HttpError(400, "INVALID_FAULT_SCRIPT", str(problem)) from problem
    return no_content()


async def get_faults(request: web.Request) -> web.Response:
    """GET how often each rule has matched, in their order."""
    return json_reply(request, [rule.matched for rule in request.config_dict[faults.FAULTS].rules])


async def get_calls(request: web.Request) -> web.Response:
    """GET the calls so far with counts by resource."""
    return json_reply(request, request.config_dict[CALLS].as_json())


async def clear_calls(request: web.Request) -> web.Response:
    """DELETE the calls remembered so far."""
    request.config_dict[CALLS].clear()
    return no_content()


async def shift_clock(request: web.Request) -> web.Response:
    """POST ``{"shift_seconds": n}`` moves the organisation's clock; shifts add up."""
    data = await read_object(request)
    await in_thread(request, organisation(request).shift_clock, float(data["shift_seconds"]))
    return json_reply(request, {"now": organisation(request).now().isoformat()})


async def set_api_usage(request: web.Request) -> web.Response:
    """POST ``{"used": n, "maximum": m}`` sets the API calls of the last 24 hours."""
    data = await read_object(request)
    request.config_dict[USAGE].set(used=int(data["used"]), maximum=int(data["maximum"]))
    return no_content()


def routes() -> list[web.RouteDef]:
    """Return the routes of the control endpoint."""
    return [
        web.post(f"{PREFIX}faults", set_faults),
        web.get(f"{PREFIX}faults", get_faults),
        web.get(f"{PREFIX}calls", get_calls),
        web.delete(f"{PREFIX}calls", clear_calls),
        web.post(f"{PREFIX}clock", shift_clock),
        web.post(f"{PREFIX}api-usage", set_api_usage),
    ]
