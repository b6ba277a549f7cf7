"""Breaks calls as the fault script says; see ``fault_rules``."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.transport.broken_sockets import (
    Cutting,
    Dripping,
    Silent,
    Truncating,
    spoil,
)
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.errors import shaped_error
from salesforce_simulator.transport.fault_rules import Action, FaultScript, FaultScriptError
from salesforce_simulator.transport.middleware import send_uncompressed
from salesforce_simulator.transport.subrequest import Subrequest

FAULTS = web.AppKey("faults", FaultScript)
# By name, what a POST to the control endpoint does.
CONTROLS: web.AppKey[Mapping[str, Handler]] = web.AppKey("controls")

_MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>Salesforce - Down For Maintenance</title></head>"
    "<body><h1>We are down for maintenance.</h1><p>Sorry for the inconvenience. We'll be back"
    " shortly.</p></body></html>"
)


def set_faults(app: web.Application, script: FaultScript) -> None:
    """Put a script in force; FaultScriptError when it asks for an unknown control call."""
    for number, rule in enumerate(script.rules, start=1):
        for name, _ in rule.action.do:
            if name not in app[CONTROLS]:
                raise FaultScriptError(f"rule {number}: the control endpoint has no {name}")
    app[FAULTS].rules = script.rules


@web.middleware
async def break_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Apply the rules to every call but those of the control endpoint."""
    if request.path.startswith("/__control__/"):
        return await handler(request)
    script, call = request.config_dict[FAULTS], (request.method, request.path_qs)
    body = await request.read() if script.asks_for_body(*call) else b""
    rule = script.rule_for(*call, body)
    if rule is None:
        return await handler(request)
    action = rule.action
    for name, data in action.do:
        await _control(request, name, data)
    await asyncio.sleep(rule.delay())
    answer = _answer(request, action)
    if action.identity:
        send_uncompressed(request)
    _spoil(request, action)
    return answer or await handler(request)


async def _control(request: web.Request, name: str, data: Mapping[str, Any]) -> None:
    handler = request.config_dict[CONTROLS][name]
    await handler(Subrequest(request, "POST", f"/__control__/{name}", data))


def _answer(request: web.Request, action: Action) -> web.Response | None:
    """Return the answer that takes the place of any work, or None."""
    if action.maintenance:
        return _html(web.HTTPServiceUnavailable.status_code, _MAINTENANCE, action.headers)
    if action.code is not None:
        return shaped_error(request, SalesforceError(action.code, action.message))
    if action.status is None:
        return None
    if isinstance(action.body, str) or action.body is None:
        return _html(action.status, action.body or "", action.headers)
    headers = {"Content-Type": "application/json;charset=UTF-8", **action.headers}
    body = orjson.dumps(action.body)
    return web.Response(status=action.status, body=body, headers=headers)


def _html(status: int, text: str, headers: Mapping[str, str]) -> web.Response:
    given = {"Content-Type": "text/html;charset=UTF-8", **headers}
    return web.Response(status=status, body=text.encode(), headers=given)


def _spoil(request: web.Request, action: Action) -> None:
    if action.lose_reply:
        spoil(request, Silent)
    elif action.cut_at is not None:
        spoil(request, Cutting, action.cut_at)
    elif action.truncate_at is not None:
        spoil(request, Truncating, action.truncate_at)
    elif action.drip is not None:
        spoil(request, Dripping, int(action.drip["bytes"]), float(action.drip["seconds"]))
