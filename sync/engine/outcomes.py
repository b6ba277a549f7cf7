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

    def refuse(self, row: PushRow, error: SalesforceError | None) -> None:
        """Set a row aside with Salesforce's code, its text and our advice."""
        if error is None:
            refusal = row.refuse("NO_ANSWER", "Salesforce gave this record neither id nor error.")
        else:
            refusal = row.refuse(error.code, error.message, error.advice, error.fields)
        self.refusals.append(refusal)
