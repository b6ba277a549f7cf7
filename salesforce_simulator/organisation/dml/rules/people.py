"""Rules of leads, contacts and users."""

from typing import Any

from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.permissions import permits


class PersonRules(Rules):
    """Leads and contacts: a new e-mail address wipes what was known of the old one's bounces."""

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Clear the bounce fields, unless the same change sets them."""
        if "Email" not in changes:
            return
        (email,) = tx.values(record_id, "Email")
        if email != changes["Email"]:
            changes.setdefault("EmailBouncedReason", None)
            changes.setdefault("EmailBouncedDate", None)


class LeadRules(PersonRules):
    """Leads: a converted one can be read, and changed by whoever may edit converted leads."""

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Refuse changes to a converted lead."""
        (converted,) = tx.values(record_id, "IsConverted")
        if converted and not permits(tx.connection, tx.user_id, "AllowViewEditConvertedLeads"):
            raise SalesforceError(
                "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", []
            )
        super().before_update(tx, record_id, changes)


class UserRules(Rules):
    """Users: a user name belongs to one user, and only administrators change somebody else."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Refuse a user name that is taken."""
        self._check_username(tx, record, None)

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Refuse another user's record, and a user name that another user has."""
        if record_id != tx.user_id and not permits(tx.connection, tx.user_id, "ManageUsers"):
            raise SalesforceError(
                "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", []
            )
        self._check_username(tx, changes, record_id)

    def _check_username(self, tx: Transaction, record: dict[str, Any], own_id: str | None) -> None:
        found = tx.connection.execute(
            'SELECT Id FROM "User" WHERE Username = ? COLLATE NOCASE', (record.get("Username"),)
        ).fetchone()
        if found and found[0] != own_id:
            raise SalesforceError(
                "DUPLICATE_USERNAME",
                "Duplicate Username.<br>The username already exists in this or another"
                " Salesforce organization. Usernames must be unique across all Salesforce"
                " organizations. To resolve, use a different username (it doesn't need to"
                " match the user's email address).",
                ["Username"],
            )
