"""Everything that is read of folders, lists and records."""

from uuid import UUID

from connectors.models import SalesforceField
from lists.models import ListColumn, ListRecord, MarketingList


def get_list(list_id: int) -> MarketingList:
    """Return a list with its folder; raise MarketingList.DoesNotExist when there is none."""
    return MarketingList.objects.select_related("folder").get(pk=list_id)


def get_column(list_id: int, key: str) -> ListColumn:
    """Return a list's column; raise ListColumn.DoesNotExist when there is none."""
    return ListColumn.objects.select_related("list").get(list_id=list_id, key=key)


def get_record(list_id: int, record_id: UUID) -> ListRecord:
    """Return a list's record; raise ListRecord.DoesNotExist when there is none."""
    return ListRecord.objects.get(list_id=list_id, record_id=record_id)


def find_mirrored_field(column: ListColumn) -> SalesforceField | None:
    """Return the Salesforce field that a column mirrors, as last described; None without one."""
    if not column.salesforce_field:
        return None
    return SalesforceField.objects.filter(
        sobject_type=column.list.sobject_type, name=column.salesforce_field
    ).first()


def find_edit_obstacle(field: SalesforceField | None, *, is_in_salesforce: bool) -> str:
    """Return why a cell cannot be edited, empty where it can.

    A value that Salesforce would not take is not taken here: the next pull would lose it. `field`
    is what the cell's column mirrors; `is_in_salesforce` says whether the record is there already.
    """
    if field is None:
        return ""
    if field.is_calculated:
        return "Salesforce calculates this value."
    is_writable = field.is_updateable if is_in_salesforce else field.is_createable
    return "" if is_writable else "This value is read-only in Salesforce."
