"""Settings > Account > Webhook: where notices are posted, and the secret, shown once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from acton_connector.accounts.access import ADMINISTRATORS, AccountRequest, account_view
from sync.forms.webhook import WebhookForm
from sync.notices.webhooks import (
    find_webhook,
    remove_webhook,
    replace_secret,
    send_test,
    set_webhook,
)


@sensitive_post_parameters("url")
@never_cache
@require_http_methods(["GET", "POST"])
@account_view(*ADMINISTRATORS)
def webhook(request: AccountRequest) -> HttpResponse:
    """Show the webhook; set its address, which makes a new secret."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = set_webhook(
            account=request.account, url=form.cleaned_data["url"], actor=request.user
        )
        return _render(request, WebhookForm(), secret)
    return _render(request, form)


def _render(request: AccountRequest, form: WebhookForm, secret: str = "") -> HttpResponse:
    # Not after a redirect: the secret would have to be kept somewhere on the way.
    context = {"form": form, "webhook": find_webhook(), "secret": secret}
    return render(request, "sync/webhook.html", context)


@never_cache
@require_POST
@account_view(*ADMINISTRATORS)
def webhook_new_secret(request: AccountRequest) -> HttpResponse:
    """Make another secret; the old one signs nothing any more."""
    found = find_webhook()
    if found is None:
        return _tell_that_it_is_gone(request)
    return _render(request, WebhookForm(), replace_secret(webhook=found, actor=request.user))


@require_POST
@account_view(*ADMINISTRATORS)
def webhook_test(request: AccountRequest) -> HttpResponse:
    """Post a message at once that says that it is a test."""
    found = find_webhook()
    if found is None:
        return _tell_that_it_is_gone(request)
    try:
        send_test(found)
        messages.success(request, f"{found.host} has taken the test message.")
    except (OSError, ValueError) as error:
        messages.error(request, f"The test message did not arrive. {error}")
    return redirect("webhook", request.account.slug)


@require_POST
@account_view(*ADMINISTRATORS)
def webhook_remove(request: AccountRequest) -> HttpResponse:
    """Post nothing any more."""
    found = find_webhook()
    if found is None:
        return _tell_that_it_is_gone(request)
    remove_webhook(webhook=found, actor=request.user)
    messages.success(request, "The webhook is removed; notices still go out by e-mail.")
    return redirect("webhook", request.account.slug)


def _tell_that_it_is_gone(request: AccountRequest) -> HttpResponse:
    messages.error(request, "There is no webhook.")
    return redirect("webhook", request.account.slug)
