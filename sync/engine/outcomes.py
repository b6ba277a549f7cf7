"""What became of the rows that were sent."""

from dataclasses import dataclass, field

from connectors.salesforce import SalesforceError
from lists.records import PushedRecord
from sync.engine.push_rows import PushRow, Refusal


@dataclass
class Outcomes:
    """The records that Salesforce took, and those that it refused."""

    settled: list[PushedRecord] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def add(self, others: "Outcomes") -> None:
        """Take what became of more rows."""
        self.settled += others.settled
        self.refusals += others.refusals

    def refuse(self, row: PushRow, error: SalesforceError | None) -> None:
        """Set a row aside with Salesforce's code, its text and our advice."""
        self.refusals.append(refuse(row, error))


def refuse(row: PushRow, error: SalesforceError | None) -> Refusal:
    """Return what says that Salesforce did not take a row, in its words where it has any."""
    if error is None:
        return row.refuse("NO_ANSWER", "Salesforce gave this record neither id nor error.")
    return row.refuse(error.code, error.message, error.advice, error.fields)
