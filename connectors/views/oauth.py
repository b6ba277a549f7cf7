"""To Salesforce's log-in and consent, and back."""

import hmac

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from acton_connector.accounts.access import ADMINISTRATORS, AccountRequest, account_view
from connectors.authorization import (
    Beginning,
    begin_authorization,
    callback_url,
    finish_authorization,
)
from connectors.credentials import AppCredentials, read_credentials
from connectors.forms import AppForm
from connectors.models import Connection
from connectors.salesforce import ClientApp, SalesforceError
from connectors.selectors import find_connection

# What this browser began: the account's name in addresses, the request's id, and the state.
BEGUN = "salesforce_authorization"


@sensitive_post_parameters("consumer_secret")
@require_http_methods(["GET", "POST"])
@account_view(*ADMINISTRATORS)
def salesforce_oauth(request: AccountRequest) -> HttpResponse:
    """Ask for the External Client App; then on to Salesforce."""
    connection = find_connection()
    form = AppForm(request.POST or None, initial=AppForm.initial_for(connection))
    if request.method == "POST" and form.is_valid():
        return _leave(request, form.app(), connection)
    context = {"form": form, "connection": connection, "callback_url": callback_url()}
    return render(request, "connectors/salesforce_oauth.html", context)


@require_POST
@account_view(*ADMINISTRATORS)
def salesforce_reconnect(request: AccountRequest) -> HttpResponse:
    """Go to Salesforce again with the app that is stored."""
    connection = find_connection()
    try:
        credentials = read_credentials(connection) if connection else None
    except SalesforceError:
        credentials = None
    if not isinstance(credentials, AppCredentials) or not credentials.refresh_token:
        return redirect("salesforce_oauth", request.account.slug)
    return _leave(request, credentials.app, connection)


def _leave(request: AccountRequest, app: ClientApp, connection: Connection | None) -> HttpResponse:
    """Show the page that leads to Salesforce.

    A page and no redirect: the Content-Security-Policy lets no form end at another host.
    """
    begun = begin_authorization(
        account=request.account,
        app=app,
        actor=request.user,
        login_hint=connection.username if connection else "",
    )
    _remember(request, begun)
    context = {"url": begun.url, "login_host": app.login_host}
    return render(request, "connectors/salesforce_leave.html", context)


@never_cache
@require_GET
@login_required
@sensitive_variables("begun")
def salesforce_callback(request: HttpRequest) -> HttpResponseBase:
    """Take back who comes from Salesforce: the state first, and it is good once."""
    begun: dict[str, str] = request.session.pop(BEGUN, None) or {}
    state = request.GET.get("state", "")
    if not begun or not hmac.compare_digest(begun["state"].encode(), state.encode()):
        return render(request, "connectors/salesforce_callback_refused.html", status=400)
    return _finish(request, begun["account"], begun["request_id"])


@account_view(*ADMINISTRATORS)
def _finish(request: AccountRequest, request_id: str) -> HttpResponse:
    try:
        connection = finish_authorization(
            account=request.account,
            actor=request.user,
            request_id=request_id,
            answer=request.GET.dict(),
        )
    except SalesforceError as error:
        reason = error.message.rstrip(".")
        messages.error(request, f"Salesforce was not connected: {reason}. {error.advice}")
        return redirect("salesforce_oauth", request.account.slug)
    messages.success(request, f"Connected to {connection.organization_name}.")
    return redirect("salesforce_connection", request.account.slug)


def _remember(request: AccountRequest, begun: Beginning) -> None:
    request.session[BEGUN] = {
        "account": request.account.slug,
        "request_id": begun.request_id,
        "state": begun.state,
    }
