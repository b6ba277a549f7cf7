"""Rules of e-mail messages and of the people whom they went to."""

from typing import Any

from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted

_DRAFT = "5"
# What happens to a message after it was sent is still written down.
_EDITABLE_WHEN_SENT = frozenset({"IsBounced", "FirstOpenedDate", "LastOpenedDate", "IsTracked"})


class MessageRules(Rules):
    """E-mail messages: a draft can be edited, a message that was sent cannot."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Date a message that is not a draft."""
        if record.get("Status") != _DRAFT and record.get("MessageDate") is None:
            record["MessageDate"] = tx.stamp

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Refuse to edit what was sent."""
        (status,) = tx.values(record_id, "Status")
        edited = sorted(set(changes) - _EDITABLE_WHEN_SENT)
        if status != _DRAFT and edited:
            raise SalesforceError(
                "INSUFFICIENT_ACCESS_OR_READONLY",
                "You can only edit an email message if its status is Draft.",
                edited,
            )
        if "Status" in changes and changes["Status"] != _DRAFT:
            changes.setdefault("MessageDate", tx.stamp)


class MessageRelationRules(Rules):
    """Relations of a message: a person, an address, or both."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Ask for a person or an address, and take a person's address where none is given."""
        relation = record.get("RelationId")
        if relation is None and record.get("RelationAddress") is None:
            raise SalesforceError(
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [RelationId, RelationAddress]",
                ["RelationId", "RelationAddress"],
            )
        person = tx.catalogue.of_id(relation) if relation else None
        if person is not None and record.get("RelationAddress") is None:
            row = tx.connection.execute(
                f"SELECT Email FROM {quoted(person.name)} WHERE Id = ?",  # noqa: S608 - names from the catalogue
                (relation,),
            ).fetchone()
            record["RelationAddress"] = row[0]
