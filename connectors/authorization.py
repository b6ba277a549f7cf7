"""A person allows an External Client App to act for them: OAuth's web server flow, with PKCE.

    begin_authorization   keeps what must not leave the server, and says where the browser goes
    (Salesforce)          log-in and consent; the browser comes back with a code
    finish_authorization  takes the request, trades the code, and stores the connection

The request belongs to one person and one account, and is taken once, within a quarter of an hour.
That the browser is the one that began it is the view's part: it compares the state.
"""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from acton_connector.accounts.database_clock import read_database_time
from acton_connector.accounts.encryption import DecryptionError
from acton_connector.accounts.models import Account, User
from connectors.credentials import AppCredentials, end_access
from connectors.errors import UnreadableSecretsError, check_organization
from connectors.models import AuthorizationRequest, Connection, Feature
from connectors.network import allowed_hosts, make_network
from connectors.salesforce import (
    AuthorizationError,
    ClientApp,
    Network,
    SalesforceClient,
    Tokens,
    authorize_url,
    base_url,
    error_from_oauth,
    exchange_code,
    make_verifier,
    read_organisation,
)
from connectors.selectors import find_connection
from connectors.services import store_connection
from connectors.usage import UsageMeter

# As long as Salesforce's code is good.
LIFETIME = timedelta(minutes=15)
_LONGEST_TEXT = 500


@dataclass(frozen=True)
class Beginning:
    """What the browser's session keeps (`request_id`, `state`), and where the browser goes."""

    request_id: str
    state: str = field(repr=False)
    url: str = field(repr=False)


def callback_url() -> str:
    """Return the one address that Salesforce may send people back to."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{reverse('salesforce_callback')}"


@sensitive_variables("state", "verifier", "url", "request")
def begin_authorization(
    *, account: Account, app: ClientApp, actor: User, login_hint: str = ""
) -> Beginning:
    """Begin anew for this person; an earlier request of theirs is void.

    Raises HostError where the app's host is not Salesforce's.
    """
    state, verifier = secrets.token_urlsafe(32), make_verifier()
    url = authorize_url(
        app,
        redirect_uri=callback_url(),
        state=state,
        verifier=verifier,
        login_hint=login_hint,
        allowed_hosts=allowed_hosts(),
    )
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        AuthorizationRequest.objects.filter(user=actor).delete()
        AuthorizationRequest.objects.filter(expires_at__lte=Now()).delete()
        request = AuthorizationRequest(
            account=account,
            user=actor,
            login_host=app.login_host,
            consumer_key=app.consumer_key,
            expires_at=read_database_time(account.pk) + LIFETIME,
        )
        request.consumer_secret, request.code_verifier = app.consumer_secret, verifier
        request.save()
    return Beginning(str(request.pk), state, url)


@sensitive_variables("verifier", "code", "answer")
def finish_authorization(
    *, account: Account, actor: User, request_id: str, answer: Mapping[str, str]
) -> Connection:
    """Store the connection that came of a request; `answer` is what the callback was called with.

    Whatever goes wrong raises a SalesforceError, and a connection that was there stays as it was.
    Access that was given and is not stored is ended.
    """
    app, verifier = _take_request(request_id, actor)
    code = _code_in(answer, app)
    with UsageMeter(feature=Feature.CONNECTING) as meter:
        network = make_network(on_call=meter)
        tokens = exchange_code(
            app, code=code, verifier=verifier, redirect_uri=callback_url(), network=network
        )
        try:
            return _connect(account, app, tokens, network, actor=actor)
        except Exception:
            end_access(AppCredentials(app, "", tokens.refresh_token))
            raise


@sensitive_variables("secret", "verifier")
def _take_request(request_id: str, actor: User) -> tuple[ClientApp, str]:
    """Delete the request and return its app and verifier; whoever comes second finds none."""
    with transaction.atomic():
        request = (
            AuthorizationRequest.objects.select_for_update()
            .filter(pk=uuid.UUID(request_id), user=actor, expires_at__gt=Now())
            .first()
        )
        if request is None:
            raise AuthorizationError(
                "REQUEST_OVER", "This way to Salesforce was taken before, or took too long."
            )
        AuthorizationRequest.objects.filter(pk=request.pk).delete()
    try:
        secret, verifier = request.consumer_secret, request.code_verifier
    except DecryptionError as error:
        raise UnreadableSecretsError from error
    return ClientApp(request.login_host, request.consumer_key, secret), verifier


def _code_in(answer: Mapping[str, str], app: ClientApp) -> str:
    """Return the code that Salesforce sent the browser back with; raise what it says instead."""
    issuer = answer.get("iss")
    if issuer is not None and issuer != base_url(app.login_host, allowed_hosts()):
        raise AuthorizationError(
            "ISSUER_REFUSED",
            "The answer comes from another address than the one that was asked.",
            advice="Start again, with your organisation's My Domain address.",
        )
    if error := answer.get("error"):
        raise error_from_oauth(
            error[:_LONGEST_TEXT], answer.get("error_description", "")[:_LONGEST_TEXT]
        )
    code = answer.get("code", "")
    if not code:
        raise AuthorizationError("CODE_MISSING", "Salesforce sent no code along.")
    return code


def _connect(
    account: Account, app: ClientApp, tokens: Tokens, network: Network, *, actor: User
) -> Connection:
    check_organization(find_connection(), tokens.grant.organisation_id)
    with SalesforceClient(tokens.grant, network=network) as client:
        organisation = read_organisation(client)
    credentials = AppCredentials(app, organisation.username, tokens.refresh_token)
    return store_connection(
        account=account,
        organisation=organisation,
        signed_in=(credentials, tokens.grant),
        actor=actor,
        action="connection.authorised",
    )
