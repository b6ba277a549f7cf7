"""A list: its records, and what people do to them here."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from tests.scenarios.plain_model.organisation import Values, blank_of, same_address

NUMBERS = count()


@dataclass
class Record:
    """A record of a list.

    `agreed` holds, for each value that was changed here, the one last agreed with Salesforce.
    """

    values: Values
    salesforce_id: str | None = None
    agreed: Values = field(default_factory=dict)
    owner: str = ""
    edited_at: datetime | None = None
    record_id: str = field(default_factory=lambda: f"unknown {next(NUMBERS)}")

    @property
    def address(self) -> str:
        """The e-mail address as it tells people apart."""
        return same_address(self.values["Email"])

    def note_edited(self, moment: datetime | None) -> None:
        """Note an edit of another record that is this one's now."""
        self.edited_at = max(filter(None, [self.edited_at, moment]), default=None)

    def edit(self, name: str, value: str | None) -> None:
        """Change a value here; of a record that Salesforce knows the agreed one is kept."""
        if name == "Email":
            value = same_address(value)
        value = value or blank_of(name)
        if self.salesforce_id is not None:
            agreed = self.agreed.pop(name, self.values[name])
            if value != agreed:
                self.agreed[name] = agreed
        self.values[name] = value


@dataclass
class MarketingList:
    """A list of all leads or all contacts.

    `unfilled` are the columns whose values no pull has brought yet.
    """

    kind: str
    columns: list[str]
    unfilled: set[str] = field(default_factory=set)
    records: list[Record] = field(default_factory=list)

    def find(self, salesforce_id: str) -> Record | None:
        """Return the record of a person."""
        found = [record for record in self.records if record.salesforce_id == salesforce_id]
        assert len(found) <= 1
        return found[0] if found else None

    def add_column(self, name: str) -> None:
        """Add a column, blank until a pull brings its values."""
        self.columns.append(name)
        self.unfilled.add(name)
        for record in self.records:
            record.values[name] = None

    def upload(self, row: Values) -> Record | None:
        """Take over a row of a file: who has its address is changed, else it is a new record.

        A blank cell changes nothing. Return the record where it is new.
        """
        address = same_address(row["Email"])
        for record in self.records:
            if record.address == address:
                for name, value in row.items():
                    if value and name != "Email":
                        record.edit(name, value)
                return None
        given = {name: value or blank_of(name) for name, value in row.items()}
        record = Record({**dict.fromkeys(self.columns), **given, "Email": address})
        self.records.append(record)
        return record

    def has_twice(self, address: str) -> bool:
        """Tell whether more than one record has an address, so that a file cannot mean one."""
        return sum(record.address == address for record in self.records) > 1
