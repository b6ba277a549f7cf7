"""The part of ``/__control__/`` that an administrator would do in Setup: users and policies."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.organisation.users import USER_FLAGS
from salesforce_simulator.transport.bodies import read_object
from salesforce_simulator.transport.context import in_thread, organisation
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply, no_content


async def change_user(request: web.Request) -> web.Response:
    """POST ``{"username": ..., ...changes}``; answers with the user's credentials.

    Changes: ``active``, ``frozen``, ``locked``, ``password_expired`` and ``any_api_auth``
    (true or false), ``password`` (with or without ``security_token``), and
    ``reset_security_token`` (true).
    """
    data = await read_object(request)
    username = str(data.pop("username", ""))
    return json_reply(request, await run(request, _change_user, username, data))


def _change_user(org: Organisation, username: str, changes: dict[str, Any]) -> dict[str, str]:
    users = org.users
    user_id = users.get(username).id
    if "password" in changes:
        users.set_password(user_id, changes.pop("password"), changes.pop("security_token", None))
    if changes.pop("reset_security_token", False):
        users.reset_security_token(username)
    for name, on in changes.items():
        if name in USER_FLAGS:
            users.set_flag(username, name, on=bool(on))
        elif name == "active":
            users.set_active(username, active=bool(on))
        elif name == "locked":
            users.lock(username, locked=bool(on))
        elif name == "password_expired":
            users.expire_password(username, expired=bool(on))
        else:
            raise ValueError(f"a user has no {name}")
    return users.credentials(username)


async def restrict_profile(request: web.Request) -> web.Response:
    """POST ``{"profile": name, "login_hours": {...}, "login_ip_ranges": [...]}``; both replace.

    ``mondayStart`` and the like are minutes in the organisation's time zone; a range reads
    ``10.0.0.0-10.0.0.255``.
    """
    data = await read_object(request)
    await run(
        request,
        lambda org: org.users.restrict_profile(
            data["profile"], data.get("login_hours", {}), data.get("login_ip_ranges", [])
        ),
    )
    return no_content()


async def change_policies(request: web.Request) -> web.Response:
    """POST changes of the organisation's policies (see ``Policies``); answers with all of them."""
    data = await read_object(request)
    policies = await run(request, lambda org: org.policies.change(**data))
    return json_reply(request, asdict(policies))


async def expire_sessions(request: web.Request) -> web.Response:
    """POST ends every session, those of one ``username``, or the one with a ``session_id``."""
    data = await read_object(request) if request.can_read_body else {}
    await run(request, _expire_sessions, data.get("username"), data.get("session_id"))
    return no_content()


def _expire_sessions(org: Organisation, username: str | None, session_id: str | None) -> None:
    which: dict[str, object] = {}
    if username is not None:
        which["user_id"] = org.users.get(username).id
    if session_id is not None:
        which["id"] = session_id
    org.sessions.end(**which)


async def refresh_sandbox(request: web.Request) -> web.Response:
    """POST gives the organisation a new id, as a sandbox refresh does; every session is over."""
    organization_id = await run(request, lambda org: org.refresh())
    return json_reply(request, {"organization_id": organization_id})


async def run(request: web.Request, change: Callable[..., Any], *args: object) -> Any:
    """Apply a change to the organisation; whatever it refuses becomes a 400."""
    try:
        return await in_thread(request, change, organisation(request), *args)
    except (LookupError, TypeError, ValueError, SalesforceError) as problem:
        raise HttpError(400, "INVALID_CONTROL_CALL", str(problem)) from problem


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.post("/__control__/users", change_user),
        web.post("/__control__/profiles", restrict_profile),
        web.post("/__control__/policies", change_policies),
        web.post("/__control__/expire-sessions", expire_sessions),
        web.post("/__control__/sandbox-refresh", refresh_sandbox),
    ]
