"""The identity URL: who a user is, and where that user's APIs are."""

from aiohttp import web

from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.users import LoginRow
from salesforce_simulator.protocols import versions
from salesforce_simulator.protocols.oauth.caller import RefusalError, caller, refusals
from salesforce_simulator.protocols.oauth.person import api_urls, photo_url, utc_offset
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.context import base_url, in_thread, instance_url, organisation
from salesforce_simulator.transport.replies import json_reply

_SHORT_ID = 15


@refusals
async def get_identity(request: web.Request) -> web.StreamResponse:
    """GET /id/ORGANISATION/USER; ``?version=`` fills in the version in the URLs.

    Beside the refusals of ``caller``: 403 ``Wrong_Org``, 404 ``Bad_Id`` and ``Inactive``.
    """
    session = await caller(request)
    wanted = request.match_info["organisation_id"][:_SHORT_ID]
    if wanted != session.organisation_id[:_SHORT_ID]:
        raise RefusalError("Wrong_Org")
    user_id = normalise_id(request.match_info["user_id"]) or ""
    row = await in_thread(request, organisation(request).users.find_id, user_id)
    if row is None:
        raise RefusalError("Bad_Id", status=404)
    if not row.is_active:
        raise RefusalError("Inactive", status=404)
    return json_reply(request, _identity(request, session, row))


def _identity(request: web.Request, session: Session, row: LoginRow) -> dict[str, object]:
    user, instance = row.user, instance_url(request)
    return {
        "id": f"{base_url(request)}/id/{session.organisation_id}/{row.id}",
        "asserted_user": row.id == session.user_id,
        "user_id": row.id,
        "organization_id": session.organisation_id,
        "username": user["Username"],
        "nick_name": user["CommunityNickname"],
        "display_name": " ".join(filter(None, (user["FirstName"], user["LastName"]))),
        "email": user["Email"],
        "email_verified": True,
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "timezone": user["TimeZoneSidKey"],
        "photos": {"picture": photo_url(instance, "F"), "thumbnail": photo_url(instance, "T")},
        "addr_street": user["Street"],
        "addr_city": user["City"],
        "addr_state": user["State"],
        "addr_country": user["Country"],
        "addr_zip": user["PostalCode"],
        "mobile_phone": user["MobilePhone"],
        "mobile_phone_verified": False,
        "is_lightning_login_user": False,
        "status": {"created_date": None, "body": None},
        "urls": api_urls(instance, session.organisation_id, row.id, _version(request)),
        "active": True,
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": utc_offset(user["TimeZoneSidKey"]),
        "last_modified_date": user["LastModifiedDate"].replace(".000Z", "Z"),
        "is_app_installed": True,
    }


def _version(request: web.Request) -> str | None:
    asked = request.query.get("version")
    return f"{versions.CURRENT}.0" if asked == "latest" else asked


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [route("GET", "/id/{organisation_id}/{user_id}", get_identity)]
