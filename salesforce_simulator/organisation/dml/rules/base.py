"""The occasions at which an object may have rules of its own."""

from typing import Any

from salesforce_simulator.organisation.dml.transaction import Transaction


class Rules:
    """The rules of an object that has none of its own."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Check and complete a new record."""

    def after_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Do what follows from a new record."""

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Check and complete changes to a record."""

    def after_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Do what follows from changes to a record."""

    def before_delete(self, tx: Transaction, record_id: str) -> None:
        """Check that a record may be deleted."""
