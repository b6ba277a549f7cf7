"""What an app asks for when it sends a browser to be authorized."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.errors import (
    RedirectedError,
    app_blocked,
    redirect_mismatch,
    unknown_client,
)
from salesforce_simulator.organisation.oauth.scopes import may_ask

# base64url of a SHA-256, without padding
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that can be granted, once the user has agreed."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    code_challenge: str | None
    nonce: str | None


def read_request(
    parameters: Mapping[str, str], find_app: Callable[[str], App | None]
) -> tuple[App, AuthorizationRequest]:
    """Check the parameters of the authorize endpoint; return app and request.

    A wrong consumer key or callback URL raises OAuthError, which is shown in
    the page: nothing may be sent to a URL that is not the app's. Everything
    else raises RedirectedError.
    """
    app = find_app(parameters.get("client_id", ""))
    if app is None:
        raise unknown_client()
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in app.callback_urls:
        raise redirect_mismatch()
    state = parameters.get("state")

    def refusal(error: str, description: str) -> RedirectedError:
        return RedirectedError(error, description, redirect_uri, state)

    if app.blocked:
        raise refusal("OAUTH_APP_BLOCKED", app_blocked().description)
    if parameters.get("response_type") != "code":
        raise refusal("unsupported_response_type", "response type not supported")
    challenge = parameters.get("code_challenge")
    if challenge is None and app.pkce_required:
        raise refusal("invalid_request", "missing required code challenge")
    if parameters.get("code_challenge_method", "S256") != "S256":
        raise refusal("invalid_request", "code challenge method must be S256")
    if challenge is not None and not _CHALLENGE.fullmatch(challenge):
        raise refusal("invalid_request", "invalid code challenge")
    scopes = tuple(dict.fromkeys(parameters.get("scope", "").split())) or app.scopes
    if not all(may_ask(app.scopes, scope) for scope in scopes):
        raise refusal("invalid_scope", "the requested scope is not allowed")
    nonce = parameters.get("nonce")
    return app, AuthorizationRequest(app.client_id, redirect_uri, scopes, state, challenge, nonce)
