"""The token endpoint's rules: what is given in, and the session that comes out."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from salesforce_simulator.organisation.access import Access
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.oauth import assertion
from salesforce_simulator.organisation.oauth.approvals import Approvals
from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.codes import Codes
from salesforce_simulator.organisation.oauth.errors import (
    OAuthError,
    app_blocked,
    redirect_mismatch,
    unknown_client,
)
from salesforce_simulator.organisation.oauth.scopes import without_refresh
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.organisation.sessions import OpenedBy
from salesforce_simulator.organisation.users import LoginRow

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class Place:
    """Where a token is asked for, and by whom: the server's own URL and the client's address."""

    server: str
    instance_url: str
    address: str


@dataclass(frozen=True)
class Granted:
    """A new session of an app, and what else the answer tells about it."""

    app: App
    session: Session
    scopes: tuple[str, ...]
    refresh_token: str | None = None
    nonce: str | None = None
    is_signed: bool = True


class Grants:
    """Turns codes, refresh tokens, assertions and passwords into sessions."""

    def __init__(self, access: Access, codes: Codes, approvals: Approvals) -> None:
        self._apps = access.apps
        self._users = access.users
        self._logins = access.logins
        self._access = access
        self._codes = codes
        self._approvals = approvals
        self._grants: dict[str, Callable[[Mapping[str, str], Place], Granted]] = {
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            _JWT_BEARER: self._jwt_bearer,
            "client_credentials": self._client_credentials,
            "password": self._password,
        }

    def grant(self, parameters: Mapping[str, str], place: Place) -> Granted:
        """Answer the form of the token endpoint; OAuthError with Salesforce's code and text."""
        grant = self._grants.get(parameters.get("grant_type", ""))
        if grant is None:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        try:
            return grant(parameters, place)
        except SalesforceError as error:
            raise _translated(error) from error

    def client(self, parameters: Mapping[str, str], *, secret_required: bool = True) -> App:
        """Return the app that a form names and whose secret it has."""
        app = self._app(parameters.get("client_id", ""))
        secret = parameters.get("client_secret")
        if secret is None and not secret_required:
            return app
        if not hmac.compare_digest((secret or "").encode(), app.client_secret.encode()):
            raise OAuthError("invalid_client", "invalid client credentials")
        return app

    def _app(self, client_id: str) -> App:
        app = self._apps.find(client_id)
        if app is None:
            raise unknown_client()
        if app.blocked:
            raise app_blocked()
        return app

    def _code(self, parameters: Mapping[str, str], place: Place) -> Granted:
        app = self._app(parameters.get("client_id", ""))
        self.client(parameters, secret_required=app.secret_required)
        if "code" not in parameters:
            raise OAuthError("invalid_request", "missing required parameter: code")
        taken = self._codes.take(parameters["code"], app.client_id)
        if taken is None:
            raise OAuthError("invalid_grant", "invalid authorization code")
        if taken.is_expired:
            raise OAuthError("invalid_grant", "expired authorization code")
        if parameters.get("redirect_uri") != taken.request.redirect_uri:
            raise redirect_mismatch()
        if _challenge_of(parameters.get("code_verifier")) != taken.request.code_challenge:
            raise OAuthError("invalid_grant", "invalid code verifier")
        row = self._usable(self._users.find_id(taken.user_id), place)
        self._logins.count(row.id)
        approval = self._approvals.add(row.id, app, taken.request.scopes)
        session = self._open(app, row, approval.scopes, approval.id)
        return Granted(app, session, approval.scopes, approval.refresh_token, taken.request.nonce)

    def _refresh(self, parameters: Mapping[str, str], place: Place) -> Granted:
        app = self._app(parameters.get("client_id", ""))
        self.client(parameters, secret_required=app.secret_required_for_refresh)
        approval = self._approvals.of_token(parameters.get("refresh_token", ""))
        if approval is None or approval.client_id != app.client_id:
            raise self._dead_refresh_token(parameters, app)
        row = self._users.find_id(approval.user_id)
        if row is None or not row.is_active or "frozen" in row.flags:
            raise OAuthError("invalid_grant", "inactive user")
        self._usable(row, place)
        rotated = None
        if app.rotates_refresh_tokens:
            rotated = self._approvals.rotate(parameters["refresh_token"])
            if rotated is None:
                raise self._dead_refresh_token(parameters, app)
        session = self._open(app, row, approval.scopes, approval.id)
        return Granted(app, session, approval.scopes, rotated)

    def _dead_refresh_token(self, parameters: Mapping[str, str], app: App) -> OAuthError:
        """Return the refusal; a token that was rotated takes its successor along."""
        self._approvals.revoke_successor(parameters.get("refresh_token", ""), app)
        return OAuthError("invalid_grant", "expired access/refresh token")

    def _jwt_bearer(self, parameters: Mapping[str, str], place: Place) -> Granted:
        given = parameters.get("assertion", "")
        app = self._app(assertion.issuer(given))
        username = assertion.subject(
            given,
            app,
            now=self._access.clock.now(),
            server=place.server,
            is_sandbox=self._access.is_sandbox,
        )
        row = self._users.find(username)
        if row is None:
            raise _not_approved()
        self._usable(row, place)
        scopes = self._approved_scopes(row, app)
        self._logins.count(row.id)
        return Granted(app, self._open(app, row, scopes), scopes, is_signed=False)

    def _approved_scopes(self, row: LoginRow, app: App) -> tuple[str, ...]:
        """Return the scopes for which nobody has to be asked any more."""
        if app.admin_approved:
            self.check_admin_approval(row, app)
            return without_refresh(app.scopes)
        approval = self._approvals.newest(row.id, app)
        if approval is None:
            raise _not_approved()
        return without_refresh(approval.scopes)

    def check_admin_approval(self, row: LoginRow, app: App) -> None:
        """Raise OAuthError when administrators decide on this app's users, and not for this one."""
        if app.admin_approved and not self._approvals.pre_authorized(row, app):
            text = "user is not admin approved to access this app"
            raise OAuthError("invalid_app_access", text)

    def _client_credentials(self, parameters: Mapping[str, str], place: Place) -> Granted:
        app = self.client(parameters)
        row = self._users.find(app.run_as) if app.run_as else None
        if row is None:
            raise OAuthError("invalid_grant", "no client credentials user enabled")
        self._usable(row, place)
        self._logins.count(row.id)
        scopes = without_refresh(app.scopes)
        return Granted(app, self._open(app, row, scopes), scopes)

    def _password(self, parameters: Mapping[str, str], place: Place) -> Granted:
        app = self.client(parameters)
        if not self._access.policies.current.password_grant_allowed:
            raise _authentication_failure()
        row = self._logins.check(
            parameters.get("username", ""),
            parameters.get("password", ""),
            place.address,
            needs_token=True,
        )
        scopes = without_refresh(app.scopes)
        return Granted(app, self._open(app, row, scopes), scopes)

    def _usable(self, row: LoginRow | None, place: Place) -> LoginRow:
        """Return a user who may log in now; OAuthError otherwise."""
        if row is None or not row.is_active or "frozen" in row.flags:
            raise OAuthError("inactive_user", "user is inactive")
        obstacle = self._logins.obstacle(row, place.address)
        if obstacle is not None:
            raise obstacle
        return row

    def _open(
        self, app: App, row: LoginRow, scopes: tuple[str, ...], approval_id: int | None = None
    ) -> Session:
        return self._access.sessions.open(row, OpenedBy(app.client_id, scopes, approval_id))


def _challenge_of(verifier: str | None) -> str | None:
    """Return the PKCE challenge (S256) of a verifier; none gives none."""
    if verifier is None:
        return None
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _translated(error: SalesforceError) -> OAuthError:
    """Return OAuth's words for a log-in that is barred."""
    if error.code == "ORG_LOCKED":
        return OAuthError("inactive_org", "organization is locked, closed, or suspended")
    if error.code.startswith("LOGIN_DURING_RESTRICTED"):
        return OAuthError("invalid_grant", "ip restricted or invalid login hours")
    if error.code == "LOGIN_RATE_EXCEEDED":
        return OAuthError("invalid_grant", error.message)
    return _authentication_failure()


def _authentication_failure() -> OAuthError:
    return OAuthError("invalid_grant", "authentication failure")


def _not_approved() -> OAuthError:
    return OAuthError("invalid_grant", "user hasn't approved this consumer")
