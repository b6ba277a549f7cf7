"""How dates are put together, and what values look like to people of other countries."""

from zoneinfo import ZoneInfo

import pytest

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.reports.groups import group_of
from salesforce_simulator.organisation.reports.report_types import Column
from salesforce_simulator.organisation.reports.values import Writer

WRITER = Writer(ZoneInfo("America/Los_Angeles"), "en_US")
CLOSE = Column("CLOSE_DATE", "Close Date", "CloseDate", Field("CloseDate", "Close Date", "date"))
MADE = Column(
    "CREATED_DATE", "Created Date", "CreatedDate", Field("CreatedDate", "Created Date", "datetime")
)


@pytest.mark.parametrize(
    ("granularity", "value", "label"),
    [
        ("Day", "2026-08-12", "8/12/2026"),
        ("Week", "2026-08-09", "8/9/2026 - 8/15/2026"),
        ("Month", "2026-08-01", "August 2026"),
        ("Quarter", "2026-07-01", "Q3 CY2026"),
        ("Year", "2026-01-01", "CY2026"),
        ("FiscalQuarter", "2026-07-01", "Q3 FY2026"),
        ("FiscalYear", "2026-01-01", "FY2026"),
    ],
)
def test_days_are_put_together_by_their_granularity(granularity, value, label):
    group = group_of(CLOSE, granularity, "2026-08-12", None, WRITER)
    assert (group.value, group.label) == (value, label)


def test_moment_belongs_to_the_users_day():
    group = group_of(MADE, "Month", "2026-08-01T03:00:00.000Z", None, WRITER)
    assert group.label == "July 2026"


def test_records_of_one_name_are_groups_of_their_own_and_parts_of_names_are_not():
    name = Column(
        "ACCOUNT_NAME", "Account Name", "Account.Name",
        Field("Name", "Account Name", "string", is_name=True), "AccountId",
    )  # fmt: skip
    first_name = Column(
        "FIRST_NAME", "First Name", "FirstName", Field("FirstName", "First Name", "string"), "Id"
    )
    assert group_of(name, "None", "Acme", "001a", WRITER) != group_of(
        name, "None", "Acme", "001b", WRITER
    )
    assert group_of(first_name, "None", "Ada", "003a", WRITER) == group_of(
        first_name, "None", "Ada", "003b", WRITER
    )


@pytest.mark.parametrize(
    ("locale", "label"),
    [
        ("en_GB", "12/08/2026"),
        ("de_DE", "12.08.2026"),
        ("ja_JP", "2026/08/12"),
        ("xx", "8/12/2026"),
    ],
)
def test_day_is_written_as_the_users_country_does(locale, label):
    writer = Writer(ZoneInfo("Europe/Berlin"), locale)
    assert writer.cell(CLOSE.field, "2026-08-12") == {"label": label, "value": "2026-08-12"}


@pytest.mark.parametrize(
    ("field", "stored", "label", "value"),
    [
        (Field("A", "A", "currency", scale=2), 16000.01, "$16,000.01",
         {"amount": 16000.01, "currency": None}),
        (Field("A", "A", "currency", scale=0), -350.0, "-$350", {"amount": -350, "currency": None}),
        (Field("P", "P", "percent", scale=0), 60.0, "60%", 60),
        (Field("N", "N", "int"), 1234, "1,234", 1234),
        (Field("B", "B", "boolean"), 0, "false", False),
        (Field("T", "T", "textarea"), "a\r\nb\nc", "a<br>b<br>c", "a<br>b<br>c"),
        (Field("D", "D", "datetime"), "2026-08-12T19:05:00.000Z", "8/12/2026, 12:05 PM",
         "2026-08-12T19:05:00Z"),
        (Field("D", "D", "datetime"), None, "-", None),
    ],
)  # fmt: skip
def test_value_is_shown_by_its_type(field, stored, label, value):
    assert WRITER.cell(field, stored) == {"label": label, "value": value}
