"""Leads and contacts by the million, for measurements.

Rows go straight into the tables; what the rules would add is in them already.
Values repeat in cycles of different lengths, so that records differ without a
call to a random generator per cell.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from salesforce_simulator.organisation.clock import to_stamp
from salesforce_simulator.organisation.ids import make_ids
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.seeds.people import REGIONS, TITLES

_START = datetime(2025, 1, 1, tzinfo=UTC)
_PER_SECOND = 4
_PER_STAMP_BLOCK = 2_400
_LINE_BREAK_EVERY = 10
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other", None, "Web")
_STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
_RATINGS = ("Hot", "Warm", "Cold", None, "Warm")
_INDUSTRIES = ("Banking", "Education", "Energy", "Retail", "Technology", None, "Media")
_TEXT = "Downloaded the guide, asked for prices and left a note for the sales team"

_PERSON = (
    "number", "Id", "FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone",
    "LeadSource", "Description", "HasOptedOutOfEmail", "Behavior_Score__c", "OwnerId",
    "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp",
)  # fmt: skip
_LEAD = (
    "Street", "City", "State", "PostalCode", "Country", "Company", "Status", "Rating",
    "Industry", "AnnualRevenue", "NumberOfEmployees", "Website",
)  # fmt: skip
_CONTACT = ("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry")

Row = tuple[object, ...]


def plant_leads(connection: sqlite3.Connection, count: int, owners: Sequence[str]) -> None:
    """Add `count` leads with some 22 filled fields, one in ten with line breaks."""
    rows = zip(_people("lead", "00Q", owners), _addresses(), _company_fields(), strict=False)
    _insert(connection, "Lead", _PERSON + _LEAD, (a + b + c for a, b, c in islice(rows, count)))


def plant_contacts(connection: sqlite3.Connection, count: int, owners: Sequence[str]) -> None:
    """Add `count` contacts without accounts."""
    rows = zip(_people("contact", "003", owners), _addresses(), strict=False)
    _insert(connection, "Contact", _PERSON + _CONTACT, (a + b for a, b in islice(rows, count)))


def _insert(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Row]
) -> None:
    names = ", ".join(map(quoted, columns))
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        " ".join(("INSERT INTO", quoted(table), f"({names}) VALUES ({marks})")), rows
    )


def _people(kind: str, prefix: str, owners: Sequence[str]) -> Iterator[Row]:
    """Yield the fields that leads and contacts share, without end."""
    names = cycle([(first, last) for r in REGIONS for first in r.firsts for last in r.lasts])
    details = zip(
        make_ids(prefix, 1), names, cycle(TITLES), cycle(_SOURCES), cycle(owners), _stamps(),
        strict=False,
    )  # fmt: skip
    for number, (record_id, (first, last), title, source, owner, stamp) in enumerate(details, 1):
        text = f"{_TEXT}, visit {number}"
        if number % _LINE_BREAK_EVERY == 0:
            text = text.replace(", ", ",\n")
        yield (
            number, record_id, first, last, title, f"{kind}{number}@example.com",
            f"+1 555 {number:07}", f"+1 556 {number:07}", source, text,
            int(number % 50 == 0), float(number % 100), owner,
            stamp, owner, stamp, owner, stamp,
        )  # fmt: skip


def _stamps() -> Iterator[str]:
    """Yield modification stamps that rise slowly: several records share each second."""
    block = 0
    while True:
        start = _START + timedelta(seconds=block * (_PER_STAMP_BLOCK // _PER_SECOND))
        for second in range(_PER_STAMP_BLOCK // _PER_SECOND):
            stamp = to_stamp(start + timedelta(seconds=second))
            yield from (stamp,) * _PER_SECOND
        block += 1


def _addresses() -> Iterator[Row]:
    rows = [
        (r.street.replace("\n", " "), r.city, r.state or None, r.postal_code, r.country)
        for r in REGIONS
    ]
    broken = [
        (r.street.replace(" ", "\n", 1), *row[1:]) for r, row in zip(REGIONS, rows, strict=True)
    ]
    plain = cycle(rows)
    for number, row in enumerate(cycle(broken), 1):
        yield row if number % _LINE_BREAK_EVERY == 0 else next(plain)


def _company_fields() -> Iterator[Row]:
    companies = cycle([company for region in REGIONS for company in region.companies])
    details = zip(companies, cycle(_STATUSES), cycle(_RATINGS), cycle(_INDUSTRIES), strict=False)
    for number, (company, status, rating, industry) in enumerate(details, 1):
        yield (
            company, status, rating, industry, float(number % 1000 * 1000), number % 5000,
            f"https://www{number % 997}.example.com",
        )  # fmt: skip
