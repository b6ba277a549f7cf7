"""OpenID Connect's userinfo."""

from aiohttp import web

from salesforce_simulator.organisation.oauth.tokens import identity_url
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.protocols.oauth.caller import caller, refusals
from salesforce_simulator.protocols.oauth.person import api_urls, photo_url, utc_offset
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.context import base_url, instance_url
from salesforce_simulator.transport.replies import json_reply


@refusals
async def userinfo(request: web.Request) -> web.StreamResponse:
    """GET or POST with a token: the claims about its user."""
    session = await caller(request)
    return json_reply(request, _claims(base_url(request), instance_url(request), session))


def _claims(server: str, instance: str, session: Session) -> dict[str, object]:
    user, profile = session.user, f"{instance}/{session.user_id}"
    return {
        "sub": identity_url(server, session.organisation_id, session.user_id),
        "user_id": session.user_id,
        "organization_id": session.organisation_id,
        "preferred_username": session.username,
        "nickname": user["CommunityNickname"],
        "name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "given_name": user["FirstName"],
        "family_name": user["LastName"],
        "zoneinfo": user["TimeZoneSidKey"],
        "photos": {"picture": photo_url(instance, "F"), "thumbnail": photo_url(instance, "T")},
        "profile": profile,
        "picture": photo_url(instance, "F"),
        "address": _address(user),
        "urls": api_urls(instance, session.organisation_id, session.user_id),
        "active": True,
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": utc_offset(user["TimeZoneSidKey"]),
        "updated_at": user["LastModifiedDate"].replace(".000Z", "Z"),
        "is_app_installed": True,
    }


def _address(user: dict[str, str | None]) -> dict[str, str]:
    parts = {
        "street_address": "Street",
        "locality": "City",
        "region": "State",
        "postal_code": "PostalCode",
        "country": "Country",
    }
    return {claim: value for claim, name in parts.items() if (value := user[name])}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        route("GET", "/services/oauth2/userinfo", userinfo),
        route("POST", "/services/oauth2/userinfo", userinfo),
    ]
