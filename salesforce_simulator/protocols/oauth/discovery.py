"""What an OpenID Connect client asks first: where everything is, and the keys."""

from aiohttp import web

from salesforce_simulator.organisation.oauth.scopes import SCOPES
from salesforce_simulator.protocols.routing import route
from salesforce_simulator.transport.context import base_url, in_thread, organisation
from salesforce_simulator.transport.replies import json_reply

_CLAIMS = (
    "active", "address", "email", "email_verified", "family_name", "given_name",
    "is_app_installed", "language", "locale", "name", "nickname", "organization_id",
    "phone_number", "phone_number_verified", "photos", "picture", "preferred_username", "profile",
    "sub", "updated_at", "urls", "user_id", "user_type", "zoneinfo",
)  # fmt: skip


async def configuration(request: web.Request) -> web.Response:
    """GET the OpenID Connect discovery document; its issuer is the host that was asked."""
    server = base_url(request)
    endpoints = ("authorization_endpoint", "authorize"), ("token_endpoint", "token"), (
        "revocation_endpoint", "revoke"), ("userinfo_endpoint", "userinfo"), (
        "introspection_endpoint", "introspect")  # fmt: skip
    document: dict[str, object] = {"issuer": server}
    document |= {name: f"{server}/services/oauth2/{path}" for name, path in endpoints}
    document |= {
        "jwks_uri": f"{server}/id/keys",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "display_values_supported": ["page"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": list(_CLAIMS),
    }
    return json_reply(request, document)


async def keys(request: web.Request) -> web.Response:
    """GET the public keys of id tokens."""
    key = organisation(request).oauth.signing_key
    return json_reply(request, await in_thread(request, key.published))


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        route("GET", "/.well-known/openid-configuration", configuration),
        route("GET", "/id/keys", keys),
    ]
