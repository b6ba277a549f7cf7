"""The columns that a list gets: from an object's fields, a campaign's members, a report."""

from collections.abc import Iterable

from connectors.members import MEMBER
from connectors.models import SalesforceField
from connectors.salesforce import Report, ReportColumn
from connectors.selectors import list_field_choices
from lists.models import SystemUsage
from lists.services import NewColumn

# The record's own id, and what says the same of every member or changes without a change.
MEMBER_NOISE = frozenset({"Id", "CampaignId", "IsDeleted", "SystemModstamp"})
FIRST_MEMBER_FIELDS = ("Email", "FirstName", "LastName", "CompanyOrAccount", "Status")

SYSTEM_USAGES = {
    "Email": SystemUsage.EMAIL,
    "FirstName": SystemUsage.FIRST_NAME,
    "LastName": SystemUsage.LAST_NAME,
    "Company": SystemUsage.COMPANY,
    "CompanyOrAccount": SystemUsage.COMPANY,
    "OwnerId": SystemUsage.OWNER,
    "LeadOrContactOwnerId": SystemUsage.OWNER,
}
# The last part of a report column's name, in small letters without underscores.
REPORT_USAGES = {
    "email": SystemUsage.EMAIL,
    "firstname": SystemUsage.FIRST_NAME,
    "lastname": SystemUsage.LAST_NAME,
    "company": SystemUsage.COMPANY,
    "companyname": SystemUsage.COMPANY,
    "companyoraccount": SystemUsage.COMPANY,
    "accountname": SystemUsage.COMPANY,
    "ownerid": SystemUsage.OWNER,
    "owneridc": SystemUsage.OWNER,
}


def make_column(field: SalesforceField) -> NewColumn:
    """Return the column that mirrors a field."""
    return NewColumn(
        key=field.name,
        name=field.label,
        salesforce_field=field.name,
        data_type=field.data_type,
        system_usage=SYSTEM_USAGES.get(field.name, SystemUsage.NONE),
    )


def make_member_columns() -> list[NewColumn]:
    """Return a column for each field of campaign members, as last described (S79)."""
    fields = {choice.name: choice.field for choice in list_field_choices(MEMBER)}
    first = [name for name in FIRST_MEMBER_FIELDS if name in fields]
    names = dict.fromkeys([*first, *fields])
    return [make_column(fields[name]) for name in names if name not in MEMBER_NOISE]


def make_report_columns(report: Report) -> list[NewColumn]:
    """Return a column for each column of a report; each meaning is given to one of them."""
    taken: set[SystemUsage] = set()
    return [_make_report_column(column, taken) for column in report.columns]


def _make_report_column(column: ReportColumn, taken: set[SystemUsage]) -> NewColumn:
    usage = REPORT_USAGES.get(simple_name(column.name), SystemUsage.NONE)
    if usage in taken:
        usage = SystemUsage.NONE
    if usage:
        taken.add(usage)
    return NewColumn(
        key=column.name,
        name=column.label,
        salesforce_field=column.name,
        data_type=column.data_type,
        system_usage=usage,
    )


def simple_name(name: str) -> str:
    """Return the last part of a report column's name: `Contact$Owner_ID__c` is `owneridc`."""
    last = name.replace("$", ".").rsplit(".", 1)[-1]
    return last.replace("_", "").lower()


def find_names(columns: Iterable[ReportColumn], names: Iterable[str]) -> list[ReportColumn]:
    """Return the columns whose simple name is one of `names`, in the order of the report."""
    wanted = set(names)
    return [column for column in columns if simple_name(column.name) in wanted]
