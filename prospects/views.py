"""Prospects > People, and a person's page."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from acton_connector.accounts.access import EVERYONE, AccountRequest, account_view
from lists.models import ListRecord
from prospects import selectors
from prospects.forms import PeopleForm
from prospects.selectors import PeoplePage


@require_safe
@account_view(*EVERYONE)
def people(request: AccountRequest) -> HttpResponse:
    """Show the account's people, searched by the beginning of their address."""
    form = PeopleForm(request.GET)
    page = PeoplePage()
    if form.is_valid():
        asked = form.cleaned_data
        page = selectors.list_people(start=asked["q"], after=asked["after"])
    return render(request, "prospects/people.html", {"form": form, "page": page})


@require_safe
@account_view(*EVERYONE)
def person_detail(request: AccountRequest, list_id: int, record_id: UUID) -> HttpResponse:
    """Show every record with the address of the given one, and where they disagree."""
    record = get_object_or_404(ListRecord, list_id=list_id, record_id=record_id)
    if not record.email:
        raise Http404
    person = selectors.get_person(record.email)
    return render(request, "prospects/person_detail.html", {"person": person})
