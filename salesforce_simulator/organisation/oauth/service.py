"""OAuth 2.0 as the HTTP endpoints call it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from salesforce_simulator.organisation.access import Access
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.oauth.approvals import Approval, Approvals
from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.authorization import (
    AuthorizationRequest,
    read_request,
)
from salesforce_simulator.organisation.oauth.codes import Codes
from salesforce_simulator.organisation.oauth.errors import OAuthError, RedirectedError
from salesforce_simulator.organisation.oauth.grants import Grants, Place
from salesforce_simulator.organisation.oauth.scopes import without_refresh
from salesforce_simulator.organisation.oauth.signing_key import SigningKey
from salesforce_simulator.organisation.oauth.tokens import identity_url, token_reply
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.sessions import SessionRow
from salesforce_simulator.organisation.settings import Settings

_TOKEN_HINTS = frozenset({None, "", "access_token", "refresh_token"})


class OAuth:
    """Authorizes apps, gives them tokens, and tells about tokens."""

    def __init__(self, database: Database, access: Access) -> None:
        self._clock = access.clock
        self._users = access.users
        self._sessions = access.sessions
        self._apps = access.apps
        self.codes = Codes(database, access.clock)
        self.approvals = Approvals(database)
        self.signing_key = SigningKey(Settings(database))
        self._grants = Grants(access, self.codes, self.approvals)

    def read_request(self, parameters: Mapping[str, str]) -> tuple[App, AuthorizationRequest]:
        """Check a request to authorize; see `authorization.read_request` for the errors."""
        return read_request(parameters, self._apps.find)

    def needs_consent(self, app: App, request: AuthorizationRequest, person: Session) -> bool:
        """Tell whether a logged-in person has to be asked.

        Raises RedirectedError when administrators decide on the app's users and
        this person is not among them.
        """
        if not app.admin_approved:
            return not self.approvals.covers(person.user_id, app, request.scopes)
        row = self._users.get(person.username)
        try:
            self._grants.check_admin_approval(row, app)
        except OAuthError as refusal:
            raise RedirectedError(
                "OAUTH_APP_ACCESS_DENIED",
                refusal.description,
                request.redirect_uri,
                request.state,
            ) from refusal
        return False

    def needs_approval(self, app: App, person: Session, *, agreed: bool) -> bool:
        """Tell whether a person must still agree before an app is shown inside Salesforce.

        `agreed` approves it now. OAuthError when administrators decide on the
        app's users and this person is not among them.
        """
        if app.admin_approved:
            self._grants.check_admin_approval(self._users.get(person.username), app)
            return False
        if agreed:
            self.approvals.add(person.user_id, app, without_refresh(app.scopes))
        return self.approvals.newest(person.user_id, app) is None

    def token(self, parameters: Mapping[str, str], place: Place) -> dict[str, Any]:
        """Answer the token endpoint's form; OAuthError when nothing is granted."""
        granted = self._grants.grant(parameters, place)
        return token_reply(granted, place, self.signing_key, self._clock.now())

    def revoke(self, token: str, hint: str | None) -> None:
        """End an access token, or a refresh token with the access tokens that came of it."""
        if hint not in _TOKEN_HINTS:
            raise OAuthError("unsupported_token_type", "this token type is not supported")
        if self._sessions.find(token) is not None:
            self._sessions.end(id=token)
        elif not self.approvals.revoke(token):
            raise OAuthError("invalid_token", f"invalid token: {token}")

    def introspect(self, parameters: Mapping[str, str], place: Place) -> dict[str, Any]:
        """Tell an app about one of its own tokens (RFC 7662); about others just `active: false`."""
        app = self._grants.client(parameters)
        token = parameters.get("token", "")
        session = self._sessions.find(token)
        if session is not None and session.client_id == app.client_id:
            times = {"exp": _seconds(session.expires_at), "iat": _seconds(session.issued_at)}
            times["nbf"] = times["iat"]
            return {**self._about(session, "access_token", place), **times}
        approval = self.approvals.of_token(token)
        if approval is not None and approval.client_id == app.client_id:
            return self._about(approval, "refresh_token", place)
        return {"active": False}

    def _about(self, token: SessionRow | Approval, kind: str, place: Place) -> dict[str, Any]:
        row = self._users.find_id(token.user_id)
        if row is None or not row.is_active:
            return {"active": False}
        scopes = token.scopes or ""
        return {
            "active": True,
            "scope": scopes if isinstance(scopes, str) else " ".join(scopes),
            "client_id": token.client_id,
            "username": row.user["Username"],
            "sub": identity_url(place.server, self._sessions.organisation_id, row.id),
            "token_type": kind,
        }


def _seconds(stamp: str) -> int:
    return int(datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=UTC).timestamp())
