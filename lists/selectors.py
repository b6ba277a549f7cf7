"""Everything that is read of folders, lists and records."""

from collections.abc import Iterable

from django.db.models import Prefetch, Q, QuerySet

from connectors.models import SalesforceField
from lists.models import Folder, ListColumn, ListRecord, MarketingList


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
    """Return the Salesforce fields that columns of a list mirror, by name, as last described."""
    names = [column.salesforce_field for column in columns if column.salesforce_field]
    fields = SalesforceField.objects.filter(
        sobject_type=marketing_list.sobject_type, name__in=names
    )
    return {field.name: field for field in fields}


def find_mirrored_field(column: ListColumn) -> SalesforceField | None:
    """Return the Salesforce field that a column mirrors, as last described; None without one."""
    if not column.salesforce_field:
        return None
    return SalesforceField.objects.filter(
        sobject_type=column.list.sobject_type, name=column.salesforce_field
    ).first()


def find_edit_obstacle(
    column: ListColumn, field: SalesforceField | None, *, is_in_salesforce: bool
) -> str:
    """Return why a cell cannot be edited, empty where it can.

    A value that Salesforce would not take is not taken here: the next pull would lose it. `field`
    is what the cell's column mirrors; `is_in_salesforce` says whether the record is there already.
    """
    if column.salesforce_field and column.list.is_read_only:
        return "Comes from Salesforce alone: change it there."
    if field is None:
        return ""
    if field.is_calculated:
        return "Salesforce calculates this value."
    is_writable = field.is_updateable if is_in_salesforce else field.is_createable
    return "" if is_writable else "This value is read-only in Salesforce."
