"""The fields that a page offers, or why there are none."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from acton_connector.accounts.access import AccountRequest
from acton_connector.accounts.models import Role
from acton_connector.accounts.selectors import list_members
from connectors.fields import FieldChoice
from connectors.members import MEMBER, MEMBER_OBJECTS
from connectors.salesforce import SalesforceError
from connectors.selectors import find_connection, get_usable_connection, list_field_choices
from connectors.services import ensure_fields
from lists.models import ListKind, MarketingList
from sync.forms.members import match_member_columns
from sync.forms.pickers import ColumnChoice, match_columns


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
    problem = _describe([sobject_type])
    return Catalogue(list_field_choices(sobject_type), problem)


def load_columns(marketing_list: MarketingList) -> tuple[list[ColumnChoice], Catalogue]:
    """Return a list's columns beside the fields that they mirror, and its object's catalogue.

    A campaign's list shows fields of three objects.
    """
    columns = marketing_list.columns.all()
    if marketing_list.kind != ListKind.CAMPAIGN:
        catalogue = load_catalogue(marketing_list.sobject_type)
        return match_columns(columns, catalogue.choices), catalogue
    problem = _describe(MEMBER_OBJECTS)
    catalogues = {each: list_field_choices(each) for each in MEMBER_OBJECTS}
    matched = match_member_columns(columns, catalogues, MEMBER)
    return matched, Catalogue(catalogues[MEMBER], problem)


def _describe(objects: Iterable[str]) -> SalesforceError | None:
    """Describe objects anew where that was long ago; return what kept us from it."""
    try:
        connection = get_usable_connection()
        for sobject_type in objects:
            ensure_fields(connection=connection, sobject_type=sobject_type)
    except SalesforceError as error:
        return error
    return None


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
