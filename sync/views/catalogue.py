"""The fields that a page offers, or why there are none."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from acton_connector.accounts.access import AccountRequest
from acton_connector.accounts.models import Role
from acton_connector.accounts.selectors import list_members
from connectors.fields import FieldChoice
from connectors.salesforce import SalesforceError
from connectors.selectors import find_connection, get_usable_connection, list_field_choices
from connectors.services import ensure_fields


@dataclass(frozen=True)
class Catalogue:
    """An object's fields as last described, and what kept us from asking Salesforce now."""

    choices: list[FieldChoice]
    problem: SalesforceError | None


def load_catalogue(sobject_type: str) -> Catalogue:
    """Return an object's fields, described anew where that was long ago.

    A report is no object (its `sobject_type` is empty): its columns are not in a catalogue.
    """
    if not sobject_type:
        return Catalogue([], None)
    problem = None
    try:
        ensure_fields(connection=get_usable_connection(), sobject_type=sobject_type)
    except SalesforceError as error:
        problem = error
    return Catalogue(list_field_choices(sobject_type), problem)


def render_not_connected(
    request: AccountRequest, *, heading: str, problem: SalesforceError
) -> HttpResponse:
    """Show why the page cannot do its work, and who can change that."""
    context = {
        "heading": heading,
        "problem": problem,
        "connection": find_connection(),
        "administrators": list_members(request.account).filter(role=Role.ADMINISTRATOR),
    }
    return render(request, "sync/not_connected.html", context)
