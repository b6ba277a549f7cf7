"""The part of ``/__control__/`` that an administrator would do in Setup with connected apps."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.transport.bodies import read_object
from salesforce_simulator.transport.context import in_thread, organisation
from salesforce_simulator.transport.control_access import run
from salesforce_simulator.transport.replies import json_reply, no_content


async def list_apps(request: web.Request) -> web.Response:
    """GET every app with its consumer key and secret."""
    apps = await in_thread(request, organisation(request).apps.list)
    return json_reply(request, [asdict(app) for app in apps])


async def save_app(request: web.Request) -> web.Response:
    """POST an app's fields (see ``App``): a known ``client_id`` is changed, else one is added.

    ``add_callback_urls`` leaves the callback URLs that the app has.
    """
    app = await run(request, _save, await read_object(request))
    return json_reply(request, asdict(app))


def _save(org: Organisation, definition: dict[str, Any]) -> App:
    more = tuple(definition.pop("add_callback_urls", ()))
    known = org.apps.find(definition.get("client_id", ""))
    if more:
        has = known.callback_urls if known else ()
        definition["callback_urls"] = (*definition.get("callback_urls", has), *more)
    if known is None:
        return org.apps.register(**definition)
    return org.apps.change(**definition)


async def remove_app(request: web.Request) -> web.Response:
    """DELETE ``?client_id=``: the app is uninstalled, and every token of it is dead."""
    await run(request, lambda org: org.apps.remove(request.query["client_id"]))
    return no_content()


async def revoke_approvals(request: web.Request) -> web.Response:
    """POST ``{"username": ...}``: every token that apps hold of this user is dead."""
    username = (await read_object(request)).get("username", "")
    await run(request, lambda org: org.oauth.approvals.revoke_of_user(org.users.get(username).id))
    return no_content()


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/__control__/apps", list_apps),
        web.post("/__control__/apps", save_app),
        web.delete("/__control__/apps", remove_app),
        web.post("/__control__/revoke-approvals", revoke_approvals),
    ]
