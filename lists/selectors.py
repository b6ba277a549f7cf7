"""Everything that is read of folders, lists and records."""

from collections.abc import Iterable

from django.db.models import Prefetch, Q, QuerySet

from connectors.members import CONTACT, LEAD, PERSON_KEYS, WISHES, find_person_field
from connectors.models import SalesforceField
from lists.models import Folder, ListColumn, ListKind, ListRecord, MarketingList


def list_folders() -> QuerySet[Folder]:
    """Return the folders, the default one first, each with its lists, the newest at the bottom."""
    lists = MarketingList.objects.order_by("pk")
    return Folder.objects.prefetch_related(Prefetch("lists", queryset=lists))


def count_unsent_changes(marketing_list: MarketingList) -> int:
    """Return how many records hold something that Salesforce does not know yet."""
    unsent = Q(dirty__isnull=False) | Q(salesforce_id__isnull=True)
    return ListRecord.objects.filter(unsent, list=marketing_list).count()


def map_mirrored_fields(
    marketing_list: MarketingList, columns: Iterable[ListColumn]
) -> dict[str, SalesforceField]:
    """Return the Salesforce fields that columns of a list mirror, by name, as last described.

    What a campaign's member shows of its lead or contact is that object's field, where the
    member's own cannot be written.
    """
    names = [column.salesforce_field for column in columns if column.salesforce_field]
    fields = SalesforceField.objects.filter(
        sobject_type=marketing_list.sobject_type, name__in=names
    )
    found = {field.name: field for field in fields}
    if marketing_list.kind == ListKind.CAMPAIGN:
        read_only = [n for n, field in found.items() if not _is_own_field(field)]
        found |= _map_person_fields(read_only)
    return found


def _is_own_field(field: SalesforceField) -> bool:
    """Tell whether a member's field is written at the member itself."""
    return field.is_createable or field.is_updateable


def _map_person_fields(names: Iterable[str]) -> dict[str, SalesforceField]:
    """Return the field of the lead, else of the contact, that each of a member's fields shows."""
    people = SalesforceField.objects.filter(sobject_type__in=PERSON_KEYS)
    described = {(field.sobject_type, field.name): field for field in people}
    found = {}
    for name in names:
        shown = [(each, find_person_field(name, each)) for each in (LEAD, CONTACT)]
        field = next((described[key] for key in shown if key in described), None)
        if field is not None:
            found[name] = field
    return found


def find_mirrored_field(column: ListColumn) -> SalesforceField | None:
    """Return the Salesforce field that a column mirrors, as last described; None without one."""
    return map_mirrored_fields(column.list, [column]).get(column.salesforce_field)


def is_mirrored(record: ListRecord, column: ListColumn) -> bool:
    """Tell whether Salesforce has the cell too, so that a change of it has to be pushed.

    A new member of a campaign whose lead or contact was found or made has that in Salesforce.
    """
    if not column.salesforce_field:
        return False
    has_person = column.list.kind == ListKind.CAMPAIGN and any(
        record.data.get(key) for key in PERSON_KEYS.values()
    )
    return record.salesforce_id is not None or has_person


def find_edit_obstacle(
    column: ListColumn, field: SalesforceField | None, *, is_in_salesforce: bool
) -> str:
    """Return why a cell cannot be edited, empty where it can.

    A value that Salesforce would not take is not taken here: the next pull would lose it. `field`
    is what the cell's column mirrors; `is_in_salesforce` says whether the record is there already.
    """
    if column.salesforce_field and column.list.is_read_only:
        return "Comes from Salesforce alone: change it there."
    if column.list.kind == ListKind.CAMPAIGN:
        if column.salesforce_field in PERSON_KEYS.values():
            return "The sync finds the lead or contact by its e-mail address."
        if column.salesforce_field in WISHES and is_in_salesforce:
            return "Change this wish in Salesforce, at the lead or contact."
    if field is None:
        return ""
    if field.is_calculated:
        return "Salesforce calculates this value."
    is_writable = field.is_updateable if is_in_salesforce else field.is_createable
    return "" if is_writable else "This value is read-only in Salesforce."
