"""What a handler of a data operation gets: the caller, the parameters, the headers."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation, Session, WriteOptions
from salesforce_simulator.protocols.rest.locators import Locators
from salesforce_simulator.protocols.soap.envelope import Call, local_name
from salesforce_simulator.soql.scope import SEE_DESCRIBE

MOST_RECORDS = 200


@dataclass(frozen=True)
class DataCall:
    """A call of a data operation in a live session."""

    organisation: Organisation
    session: Session
    call: Call
    version: str
    locators: Locators

    def children(self, name: str) -> Iterator[Element]:
        """Return the operation's elements of that name."""
        return (child for child in self.call.element if local_name(child) == name)

    def texts(self, name: str) -> list[str]:
        """Return the texts of the operation's elements of that name."""
        return [(child.text or "").strip() for child in self.children(name)]

    @property
    def ids(self) -> list[str]:
        """Return the ids of an operation that takes nothing else, whatever they are called."""
        return [(child.text or "").strip() for child in self.call.element]

    def text(self, name: str) -> str:
        """Return the text of the operation's one element of that name, or an empty one."""
        return next(iter(self.texts(name)), "")

    def sobject(self, name: str) -> SObject:
        """Return an object that the user sees, or fail the whole call: INVALID_TYPE."""
        found = self.organisation.catalogue_for(self.session).find(name)
        if found is None:
            raise SalesforceError(
                "INVALID_TYPE",
                f"sObject type '{name}' is not supported. If you are attempting to use a custom"
                f" object, be sure to append the '__c' after the entity name. {SEE_DESCRIBE}",
            )
        return found

    def header(self, header: str, name: str) -> str:
        """Return the text of an element of a SOAP header, or an empty one."""
        found = self.call.headers.get(header)
        parts = found if found is not None else ()
        return next((c.text or "" for c in parts if local_name(c) == name), "").strip()

    def flag(self, header: str, name: str) -> bool:
        """Tell whether an element of a SOAP header is true."""
        return self.header(header, name).lower() in {"true", "1"}

    @property
    def options(self) -> WriteOptions:
        """Return how records are to be written, as the headers say.

        Unlike REST, the assignment rule is used only when a header asks for it.
        """
        assign = self.flag("AssignmentRuleHeader", "useDefaultRule") or bool(
            self.header("AssignmentRuleHeader", "assignmentRuleId")
        )
        return WriteOptions(
            allow_duplicates=self.flag("DuplicateRuleHeader", "allowSave"),
            from_csv=True,
            assign=assign,
            truncate=self.flag("AllowFieldTruncationHeader", "allowFieldTruncation"),
        )

    @property
    def all_or_none(self) -> bool:
        """Tell whether one bad record undoes the others."""
        return self.flag("AllOrNoneHeader", "allOrNone")


def check_size(size: int, most: int = MOST_RECORDS) -> None:
    """Refuse a call with too many records: EXCEEDED_ID_LIMIT."""
    if size > most:
        raise SalesforceError(
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {most} records into this call",
        )
