"""The connection's page, and the way by user name and password."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from acton_connector.accounts.access import ADMINISTRATORS, AccountRequest, account_view
from connectors import services
from connectors.forms import CredentialsForm
from connectors.models import Connection, ConnectionState
from connectors.remedies import find_remedy
from connectors.salesforce import API_VERSION, SalesforceError
from connectors.selectors import find_connection, get_api_budget, list_calls_by_feature

END_IT_THERE = (
    "Salesforce did not confirm that the access has ended. End it there: Setup > Connected Apps "
    "OAuth Usage, the app, Revoke."
)

hide_secrets = sensitive_post_parameters("password", "security_token")


@require_safe
@account_view(*ADMINISTRATORS)
def salesforce_connection(request: AccountRequest) -> HttpResponse:
    """Show the connection, or the way to one."""
    connection = _find_live_connection()
    if connection is None:
        return _render_connect(request, CredentialsForm(initial=_initial()))
    context = {
        "connection": connection,
        "budget": get_api_budget(),
        "calls_by_feature": list_calls_by_feature(),
        "api_version": API_VERSION,
        "remedy": find_remedy(connection.reason_code),
    }
    return render(request, "connectors/salesforce_connection.html", context)


@hide_secrets
@require_http_methods(["GET", "POST"])
@account_view(*ADMINISTRATORS)
def salesforce_connect(request: AccountRequest) -> HttpResponse:
    """Connect with the credentials of the form: one attempt."""
    if _find_live_connection():
        return redirect("salesforce_connection", request.account.slug)
    form = CredentialsForm(request.POST or None, initial=_initial())
    if request.method != "POST" or not form.is_valid():
        return _render_connect(request, form)
    try:
        connection = services.connect(
            account=request.account, credentials=form.credentials(), actor=request.user
        )
    except SalesforceError as error:
        return _render_connect(request, form, error)
    messages.success(request, f"Connected to {connection.organization_name}.")
    return redirect("salesforce_connection", request.account.slug)


@hide_secrets
@require_http_methods(["GET", "POST"])
@account_view(*ADMINISTRATORS)
def salesforce_update_credentials(request: AccountRequest) -> HttpResponse:
    """Replace the credentials, as after a reset of the security token: one attempt."""
    connection = _find_live_connection()
    if connection is None:
        return redirect("salesforce_connection", request.account.slug)
    if connection.auth_kind == Connection.AuthKind.OAUTH:
        return redirect("salesforce_oauth", request.account.slug)
    form = CredentialsForm(request.POST or None, initial=_initial())
    error = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_credentials(
                connection=connection, credentials=form.credentials(), actor=request.user
            )
        except SalesforceError as refusal:
            error = refusal
        else:
            messages.success(request, "The new credentials work and are saved.")
            return redirect("salesforce_connection", request.account.slug)
    context = {"connection": find_connection(), "form": form, "error": error}
    return render(request, "connectors/salesforce_update_credentials.html", context)


@require_POST
@account_view(*ADMINISTRATORS)
def salesforce_test(request: AccountRequest) -> HttpResponse:
    """Try what is stored and tell what came of it."""
    connection = _find_live_connection()
    if connection:
        try:
            services.test_connection(connection=connection, actor=request.user)
            messages.success(request, "The connection works.")
        except SalesforceError as error:
            messages.error(request, f"{error.message} {error.advice}")
    return redirect("salesforce_connection", request.account.slug)


@require_POST
@account_view(*ADMINISTRATORS)
def salesforce_disconnect(request: AccountRequest) -> HttpResponse:
    """Erase the credentials; lists and jobs stay."""
    connection = _find_live_connection()
    if connection:
        ended_there = services.disconnect(connection=connection, actor=request.user)
        messages.success(request, "Salesforce is disconnected and the credentials are erased.")
        if not ended_there:
            messages.warning(request, END_IT_THERE)
    return redirect("salesforce_connection", request.account.slug)


def _find_live_connection() -> Connection | None:
    connection = find_connection()
    if connection is None or connection.state == ConnectionState.DISCONNECTED:
        return None
    return connection


def _initial() -> dict[str, str]:
    connection = find_connection()
    if connection is None:
        return {}
    return CredentialsForm.initial_for(connection.login_host, connection.username)


def _render_connect(
    request: HttpRequest, form: CredentialsForm, error: SalesforceError | None = None
) -> HttpResponse:
    context = {"form": form, "error": error, "connection": find_connection()}
    return render(request, "connectors/salesforce_connect.html", context)
