"""The context of a signed request: the person, the organisation, the page and its record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.ids import SHORT_LENGTH, make_id
from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.canvas import envelope, sign
from salesforce_simulator.organisation.oauth.scopes import without_refresh
from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.sessions import OpenedBy
from salesforce_simulator.organisation.users import LoginRow
from salesforce_simulator.protocols import versions
from salesforce_simulator.protocols.oauth.person import photo_url
from salesforce_simulator.transport.context import base_url, instance_url, organisation

_VERSION = f"{versions.CURRENT}.0"
_DATA = f"/services/data/v{_VERSION}"
_CHATTER = "/services/data/v31.0/chatter"  # Salesforce has left these two at that version


@dataclass(frozen=True)
class Shown:
    """Where an app is shown: the page, the record on it, and what the page passes on.

    `location` is one of Salesforce's display locations, such as `PageLayout`,
    `Visualforce`, `Aura` or `MobileNav`. `fields` are read with the record.
    """

    record_id: str | None = None
    location: str = "PageLayout"
    fields: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


def signed_request(request: web.Request, app: App, row: LoginRow, shown: Shown) -> str:
    """Return what the app gets for a person; it holds a new session of that person.

    Raises NOT_FOUND when there is no such record, or the person does not see it.
    """
    org = organisation(request)
    session = org.sessions.open(row, OpenedBy(app.client_id, without_refresh(app.scopes)))
    instance = instance_url(request)
    name = _developer_name(app)
    client = {
        "refreshToken": None,
        "instanceId": f"_:{name}:canvasapp",
        "targetOrigin": base_url(request),
        "instanceUrl": instance,
        "oauthToken": session.id,
        "clientId": app.client_id,
    }
    context = {
        "user": _user(instance, session),
        "links": _links(base_url(request), session),
        "application": _application(app, name),
        "organization": {
            "organizationId": org.id,
            "name": org.name,
            "multicurrencyEnabled": False,
            "namespacePrefix": None,
            "currencyIsoCode": "USD",
        },
        "environment": _environment(str(request.url), shown, _record(org, session, shown)),
    }
    return sign(envelope(row.id, org.now(), client, context), app.client_secret)


def _developer_name(app: App) -> str:
    return re.sub(r"\W+", "_", app.name)


def _user(instance: str, session: Session) -> dict[str, Any]:
    user = session.user
    return {
        "userId": session.user_id,
        "userName": session.username,
        "firstName": user["FirstName"],
        "lastName": user["LastName"],
        "email": user["Email"],
        "fullName": user["Name"],
        "locale": user["LocaleSidKey"],
        "language": user["LanguageLocaleKey"],
        "timeZone": user["TimeZoneSidKey"],
        "profileId": user["ProfileId"][:SHORT_LENGTH],
        "roleId": user["UserRoleId"] and user["UserRoleId"][:SHORT_LENGTH],
        "userType": "STANDARD",
        "currencyISOCode": "USD",
        "profilePhotoUrl": photo_url(instance, "F"),
        "profileThumbnailUrl": photo_url(instance, "T"),
        "siteUrl": None,
        "siteUrlPrefix": None,
        "networkId": None,
        "accessibilityModeEnabled": False,
        "isDefaultNetwork": True,
    }


def _links(server: str, session: Session) -> dict[str, str]:
    short_id = session.organisation_id[:SHORT_LENGTH]
    return {
        "loginUrl": server,
        "enterpriseUrl": f"/services/Soap/c/{_VERSION}/{short_id}",
        "metadataUrl": f"/services/Soap/m/{_VERSION}/{short_id}",
        "partnerUrl": f"/services/Soap/u/{_VERSION}/{short_id}",
        "restUrl": f"{_DATA}/",
        "sobjectUrl": f"{_DATA}/sobjects/",
        "searchUrl": f"{_DATA}/search/",
        "queryUrl": f"{_DATA}/query/",
        "recentItemsUrl": f"{_DATA}/recent/",
        "chatterFeedsUrl": f"{_CHATTER}/feeds",
        "chatterGroupsUrl": f"{_DATA}/chatter/groups",
        "chatterUsersUrl": f"{_DATA}/chatter/users",
        "chatterFeedItemsUrl": f"{_CHATTER}/feed-items",
        "userUrl": f"/{session.user_id}",
    }


def _application(app: App, developer_name: str) -> dict[str, Any]:
    return {
        "name": app.name,
        "canvasUrl": app.canvas_url,
        "applicationId": make_id("06P", app.number)[:SHORT_LENGTH],
        "version": "1.0",
        "authType": "SIGNED_REQUEST",
        "referenceId": make_id("09H", app.number)[:SHORT_LENGTH],
        "options": [],
        "samlInitiationMethod": "None",
        "namespace": "",
        "isInstalledPersonalApp": False,
        "developerName": developer_name,
    }


def _environment(page: str, shown: Shown, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "referer": None,
        "locationUrl": page,
        "displayLocation": shown.location,
        "sublocation": None,
        "uiTheme": "Theme3",
        "dimensions": {
            "width": "100%",
            "height": "800px",
            "maxWidth": "1000px",
            "maxHeight": "2000px",
            "clientWidth": "1000px",
            "clientHeight": "30px",
        },
        "parameters": shown.parameters,
        "record": record,
        "version": {
            "season": versions.label(versions.CURRENT).split()[0].upper(),
            "api": _VERSION,
        },
    }


def _record(org: Organisation, session: Session, shown: Shown) -> dict[str, Any]:
    if shown.record_id is None:
        return {}
    sobject = org.catalogue_for(session).of_id(shown.record_id)
    if sobject is None:
        raise not_found()
    return org.get(sobject.name, shown.record_id, session, ("Id", *shown.fields), _VERSION)
