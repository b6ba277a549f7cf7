"""Which person a row of a report is. Pure.

A list holds each person once, known by a record id. A report has it in a column like Lead ID or
Contact ID; where there is none, the cell of a name leads to the record. A lookup to some other
person does not make the row that person's, so other columns are not asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.salesforce import Report, ReportCell, ReportColumn
from sync.engine.errors import SetupError
from sync.setup.columns import find_names

Row = Sequence[ReportCell]

ID_NAMES = ("leadorcontactid", "leadid", "contactid", "id")
NAME_NAMES = ("lastname", "firstname", "fullname", "name")
OWNER_NAMES = ("ownerid", "owneridc", "owner", "leadowner", "contactowner")
SORT_NAMES = ("lastname", "email", "fullname", "name")
ORDERED_TYPES = frozenset({"string", "email"})
PERSON_PREFIXES = ("00Q", "003")
NOBODY_ADVICE = (
    "Add the column Lead ID or Contact ID to the report in Salesforce and save it, then try again."
)
OWNER_PREFIXES = ("005", "00G")


@dataclass(frozen=True)
class People:
    """The rows of people by record id, their owners, and what became of the other rows."""

    rows: Mapping[str, Row]
    owners: Mapping[str, str]
    note: str


def may_hold_people(report: Report) -> bool:
    """Tell whether the report has a column at all that can say who its rows are."""
    return bool(find_names(report.columns, (*ID_NAMES, *NAME_NAMES)))


def find_people(report: Report, rows: Sequence[Row]) -> People:
    """Return the people of a report's rows: of several rows of one person the first.

    Raises SetupError when no column says who the people are.
    """
    places = _find_places(report, rows)
    found: dict[str, Row] = {}
    further = nameless = 0
    for row in rows:
        person_id = next((row[place].record_id for place in places if row[place].record_id), "")
        if not person_id:
            nameless += 1
        elif person_id in found:
            further += 1
        else:
            found[person_id] = row
    owners = _find_owners(report, found)
    return People(found, owners, _describe(further, nameless))


def find_sort_column(report: Report) -> ReportColumn | None:
    """Return the column by whose order a long report is read; None where there is none.

    All rows of one person have the same value there. Salesforce compares texts by order in a
    filter, and ids only for being the same.
    """
    for name in SORT_NAMES:
        for column in find_names(report.columns, [name]):
            if column.is_filterable and column.data_type in ORDERED_TYPES:
                return column
    return None


def texts_of(report: Report, column: ReportColumn, rows: Sequence[Row]) -> list[str]:
    """Return what the rows have in a column, "" for nothing."""
    place = report.columns.index(column)
    return [row[place].text or "" for row in rows]


def _find_places(report: Report, rows: Sequence[Row]) -> list[int]:
    """Return where the person's id stands: the columns of ids, or else the first name that leads.

    A column counts when whatever it holds is a lead or a contact.
    """
    for names in (ID_NAMES, NAME_NAMES):
        columns = [report.columns.index(each) for each in find_names(report.columns, names)]
        places = [place for place in columns if _leads_to_people(rows, place)]
        if places:
            return places if names is ID_NAMES else places[:1]
    if not rows:
        return []
    raise SetupError(say_nobody(report), NOBODY_ADVICE)


def say_nobody(report: Report) -> str:
    """Return the sentence for a report whose rows are nobody's."""
    return f"No column of the report “{report.name}” says which lead or contact a row is."


def _leads_to_people(rows: Sequence[Row], place: int) -> bool:
    ids = [row[place] for row in rows if row[place].text or row[place].record_id]
    return bool(ids) and all(cell.record_id.startswith(PERSON_PREFIXES) for cell in ids)


def _find_owners(report: Report, people: Mapping[str, Row]) -> dict[str, str]:
    """Return the owner of each person, as far as the report has a column that tells."""
    places = [report.columns.index(each) for each in find_names(report.columns, OWNER_NAMES)]
    return {
        person_id: row[place].record_id
        for place in reversed(places)
        for person_id, row in people.items()
        if row[place].record_id.startswith(OWNER_PREFIXES)
    }


def _describe(further: int, nameless: int) -> str:
    said = []
    if further:
        said.append(
            f"{further:,} further rows are about people whom the report has already: "
            "the list holds each person once, with the first row's values."
        )
    if nameless:
        said.append(f"{nameless:,} rows have no lead or contact and were left out.")
    return " ".join(said)
