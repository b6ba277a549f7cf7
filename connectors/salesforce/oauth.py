"""Signing in by OAuth 2.0: the web server flow with PKCE, refresh tokens, and their end.

    authorize_url   the browser goes there; a person logs in and agrees, and comes back with a code
    exchange_code   the code becomes tokens, once
    refresh_tokens  a refresh token becomes a new session; where the app rotates them, the answer
                    carries the next refresh token and the one that was sent is dead
    revoke_token    the refresh token and all its sessions end

All of it goes to the host where the person logs in. Calls of the API go to the instance that the
answer names, if that is an allowed host.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import requests

from connectors.salesforce.answers import content_type
from connectors.salesforce.error_rules import error_from_code
from connectors.salesforce.errors import (
    AuthenticationError,
    AuthorizationError,
    IncompleteBodyError,
    ProtocolError,
    SalesforceError,
)
from connectors.salesforce.grants import Grant, Tokens
from connectors.salesforce.hosts import base_url, check_host
from connectors.salesforce.ids import normalise_id
from connectors.salesforce.json_body import parse_json
from connectors.salesforce.network import Network
from connectors.salesforce.oauth_errors import error_from_oauth
from connectors.salesforce.session import GuardedSession

# The least that works: the data, and going on without a person.
SCOPES = "api refresh_token"
_ENDPOINTS = "/services/oauth2"
_IDENTITY = re.compile(r"https://([^/]+)/id/([A-Za-z0-9]{15,18})/([A-Za-z0-9]{15,18})", re.ASCII)
_VERIFIER_BYTES = 48


@dataclass(frozen=True)
class ClientApp:
    """An External Client App and the host where its users log in.

    ``consumer_secret`` is "" where the app asks for none.
    """

    login_host: str
    consumer_key: str
    consumer_secret: str = field(default="", repr=False)


def make_verifier() -> str:
    """Return a new PKCE code verifier."""
    return secrets.token_urlsafe(_VERIFIER_BYTES)


def authorize_url(
    app: ClientApp,
    *,
    redirect_uri: str,
    state: str,
    verifier: str,
    login_hint: str = "",
    allowed_hosts: Collection[str] = (),
) -> str:
    """Return where the browser goes; Salesforce asks for the log-in whoever is logged in there.

    Raises HostError where the app's host is not Salesforce's.
    """
    digest = hashlib.sha256(verifier.encode()).digest()
    parameters = {
        "response_type": "code",
        "client_id": app.consumer_key,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "prompt": "login",
        **({"login_hint": login_hint} if login_hint else {}),
    }
    return (
        f"{base_url(app.login_host, allowed_hosts)}{_ENDPOINTS}/authorize?{urlencode(parameters)}"
    )


def exchange_code(
    app: ClientApp, *, code: str, verifier: str, redirect_uri: str, network: Network
) -> Tokens:
    """Trade a code for tokens, with one attempt: a code is good once.

    Raises AuthorizationError where Salesforce refuses the code or gives no refresh token,
    ProtocolError where the answer is not what Salesforce signs.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    try:
        answer = _ask_for_tokens(app, form, network)
    except AuthenticationError as error:
        if error.code != "invalid_grant":
            raise
        advice = "Start again: what Salesforce sent along is good once, and for fifteen minutes."
        raise AuthorizationError(error.code, error.message, advice=advice) from error
    if app.consumer_secret:
        _check_signature(answer, app.consumer_secret)
    tokens = _tokens_from(answer, network)
    if not tokens.refresh_token:
        raise error_from_code("NO_REFRESH_TOKEN", "Salesforce gave no refresh token.")
    return tokens


def refresh_tokens(app: ClientApp, refresh_token: str, *, network: Network) -> Tokens:
    """Trade a refresh token for a new session, with one attempt.

    It is never repeated here. Where tokens rotate, the one that was sent is used up even if the
    answer gets lost, and Salesforce ends everything when a used one comes again.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _tokens_from(_ask_for_tokens(app, form, network), network)


def revoke_token(app: ClientApp, token: str, *, network: Network) -> None:
    """End a refresh token and the sessions that it opened."""
    url = f"{base_url(app.login_host, network.allowed_hosts)}{_ENDPOINTS}/revoke"
    with _TokenSession(network) as session:
        session.post(url, data={"token": token})


class _TokenSession(GuardedSession):
    """Reads OAuth's form of an error."""

    def check(self, response: requests.Response, *, streamed: bool) -> None:
        """Raise for an error of OAuth's, and for what must not be read."""
        if response.status_code >= HTTPStatus.BAD_REQUEST and (refusal := _refusal_in(response)):
            raise refusal
        super().check(response, streamed=streamed)


def _refusal_in(response: requests.Response) -> SalesforceError | None:
    if content_type(response) != "application/json":
        return None
    try:
        body: Any = parse_json(response.content)
    except IncompleteBodyError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return None
    description = str(body.get("error_description", ""))
    return error_from_oauth(body["error"], description, status=response.status_code)


def _ask_for_tokens(app: ClientApp, form: Mapping[str, str], network: Network) -> dict[str, Any]:
    url = f"{base_url(app.login_host, network.allowed_hosts)}{_ENDPOINTS}/token"
    secret = {"client_secret": app.consumer_secret} if app.consumer_secret else {}
    with _TokenSession(network) as session:
        response = session.post(url, data={**form, "client_id": app.consumer_key, **secret})
    answer: Any = parse_json(response.content)
    if not isinstance(answer, dict):
        raise ProtocolError("TOKENS_INCOMPLETE", "The answer with the tokens is no JSON object.")
    return answer


def _tokens_from(answer: Mapping[str, Any], network: Network) -> Tokens:
    identity = _IDENTITY.fullmatch(_text(answer, "id"))
    if identity is None or _text(answer, "token_type").lower() != "bearer":
        raise ProtocolError("TOKENS_INCOMPLETE", "The answer does not say whose tokens these are.")
    check_host(identity[1], network.allowed_hosts)
    session_id = _text(answer, "access_token")
    if not session_id:
        raise ProtocolError("TOKENS_INCOMPLETE", "The answer has no access token.")
    try:
        grant = Grant(
            session_id=session_id,
            instance_url=base_url(_text(answer, "instance_url"), network.allowed_hosts),
            user_id=normalise_id(identity[3]),
            organisation_id=normalise_id(identity[2]),
        )
    except ValueError as error:
        raise ProtocolError("TOKENS_INCOMPLETE", str(error)) from error
    return Tokens(grant, _text(answer, "refresh_token"))


def _check_signature(answer: Mapping[str, Any], consumer_secret: str) -> None:
    """Raise unless Salesforce signed who the user is: base64(HMAC-SHA256(secret, id + time))."""
    signed = (_text(answer, "id") + _text(answer, "issued_at")).encode()
    digest = hmac.digest(consumer_secret.encode(), signed, "sha256")
    given = _text(answer, "signature").encode()
    if not hmac.compare_digest(base64.b64encode(digest), given):
        raise ProtocolError("SIGNATURE_REFUSED", "The answer with the tokens is not signed right.")


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""
