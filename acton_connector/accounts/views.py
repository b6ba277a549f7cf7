"""Pages for people and accounts."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from acton_connector.accounts import selectors, services
from acton_connector.accounts.access import ADMINISTRATORS, AccountRequest, account_view
from acton_connector.accounts.forms import InvitationForm, NewPersonForm, RoleForm, TimeZoneForm
from acton_connector.accounts.limits import list_limits
from acton_connector.accounts.models import Invitation, Role, User

EVENTS_PER_PAGE = 50


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send a person to their account."""
    account = selectors.find_home_account(cast("User", request.user))
    if account is None:
        return render(request, "accounts/no_account.html", status=403)
    return redirect("dashboard", account.slug)


def refuse_email_change(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Stand in front of allauth's page that changes the address.

    Nobody would verify the new one, and the audit log knows people by their addresses.
    """
    raise Http404


@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person in: a member of another account by logging in, a new one by a form."""
    invitation = selectors.find_open_invitation(token)
    if invitation is None:
        return _tell_that_invitation_is_gone(request)
    if User.objects.filter(email=invitation.email).exists():
        return _join_as_existing_person(request, invitation)
    form = NewPersonForm(request.POST or None, user=User(email=invitation.email))
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation_as_new_person(
                invitation=invitation, **form.cleaned_data
            )
        except ValidationError:
            return _tell_that_invitation_is_gone(request)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("dashboard", invitation.account.slug)
    return render(
        request, "accounts/invitation_accept.html", {"form": form, "invitation": invitation}
    )


def _join_as_existing_person(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    user = request.user
    if not isinstance(user, User):
        return redirect(f"{reverse('account_login')}?next={request.path}")
    if user.email != invitation.email:
        # The log-in page would send somebody who is logged in straight back here.
        return render(request, "accounts/invitation_other_person.html", {"invitation": invitation})
    if request.method == "POST":
        try:
            services.accept_invitation(invitation=invitation, user=user)
        except ValidationError:
            return _tell_that_invitation_is_gone(request)
        return redirect("dashboard", invitation.account.slug)
    return render(request, "accounts/invitation_accept.html", {"invitation": invitation})


def _tell_that_invitation_is_gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/invitation_gone.html", status=404)


@require_http_methods(["GET", "POST"])
@account_view(*ADMINISTRATORS)
def account_settings(request: AccountRequest) -> HttpResponse:
    """Show the limits and members; set the time zone."""
    form = TimeZoneForm(request.POST or None, initial={"time_zone": request.account.time_zone})
    if request.method == "POST" and form.is_valid():
        services.change_time_zone(
            account=request.account, time_zone=form.cleaned_data["time_zone"], actor=request.user
        )
        messages.success(request, "The time zone is saved.")
        return redirect("account_settings", request.account.slug)
    return _render_settings(request, time_zone_form=form)


def _render_settings(
    request: AccountRequest,
    *,
    time_zone_form: TimeZoneForm | None = None,
    invitation_form: InvitationForm | None = None,
) -> HttpResponse:
    context = {
        "time_zone_form": time_zone_form
        or TimeZoneForm(initial={"time_zone": request.account.time_zone}),
        "invitation_form": invitation_form or InvitationForm(),
        "members": selectors.list_members(request.account),
        "roles": Role.choices,
        "limits": list_limits(request.account),
        "invitations": selectors.list_open_invitations(),
    }
    return render(request, "accounts/account_settings.html", context)


@require_POST
@account_view(*ADMINISTRATORS)
def invite_member(request: AccountRequest) -> HttpResponse:
    """Send an invitation by e-mail."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _render_settings(request, invitation_form=form)
    try:
        invitation, token = services.invite_person(
            account=request.account, actor=request.user, **form.cleaned_data
        )
    except ValidationError as error:
        form.add_error("email", error)
        return _render_settings(request, invitation_form=form)
    link = settings.PUBLIC_BASE_URL + reverse("accept_invitation", args=[token])
    send_mail(
        subject=f"You are invited to {request.account.name}",
        message=(
            f"{request.user} invites you to work on the marketing lists of "
            f"{request.account.name}.\n\nOpen this link within 7 days:\n{link}\n"
        ),
        from_email=None,
        recipient_list=[invitation.email],
    )
    messages.success(request, f"An invitation is on its way to {invitation.email}.")
    return redirect("account_settings", request.account.slug)


@require_POST
@account_view(*ADMINISTRATORS)
def change_member_role(request: AccountRequest, member_id: int) -> HttpResponse:
    """Give a member another role."""
    membership = get_object_or_404(selectors.list_members(request.account), pk=member_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            services.change_role(
                membership=membership, role=form.cleaned_data["role"], actor=request.user
            )
            messages.success(request, f"The role of {membership.user} is changed.")
        except ValidationError as error:
            messages.error(request, error.message)
    return redirect("account_settings", request.account.slug)


@require_POST
@account_view(*ADMINISTRATORS)
def remove_member(request: AccountRequest, member_id: int) -> HttpResponse:
    """Take a person out of the account."""
    membership = get_object_or_404(selectors.list_members(request.account), pk=member_id)
    try:
        services.remove_member(membership=membership, actor=request.user)
        messages.success(request, f"{membership.user} is no member any more.")
    except ValidationError as error:
        messages.error(request, error.message)
    return redirect("account_settings", request.account.slug)


@require_safe
@account_view(*ADMINISTRATORS)
def audit_log(request: AccountRequest) -> HttpResponse:
    """Show every change with who, when, before and after."""
    events = Paginator(selectors.list_audit_events(), EVENTS_PER_PAGE)
    page = events.get_page(request.GET.get("page"))
    return render(request, "accounts/audit_log.html", {"page": page})
