"""Rules of groups and queues, and of records that a queue owns."""

import re
from typing import Any

from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError

QUEUE_PREFIX = "00G"
_NO_WORD = re.compile(r"\W+")


class GroupRules(Rules):
    """Groups: the developer name follows the name; the organisation's user owns them."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Fill in the developer name and the owner."""
        if record.get("DeveloperName") is None:
            record["DeveloperName"] = _NO_WORD.sub("_", str(record.get("Name"))).strip("_")
        record["OwnerId"] = tx.user_id


class QueueObjectRules(Rules):
    """Objects of a queue: only a group that is a queue has them, each once."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Refuse an object for a group that is no queue."""
        (kind,) = tx.values(record["QueueId"], "Type")
        if kind != "Queue":
            raise SalesforceError(
                "FIELD_INTEGRITY_EXCEPTION", "Queue ID: id value is no queue", ["QueueId"]
            )


def check_owner_queue(tx: Transaction, sobject_name: str, owner_id: str) -> None:
    """Refuse a group as an owner unless it is a queue for records of this object."""
    found = tx.connection.execute(
        'SELECT 1 FROM QueueSobject q JOIN "Group" g ON g.Id = q.QueueId'
        " WHERE q.QueueId = ? AND q.SobjectType = ? AND g.Type = 'Queue'",
        (owner_id, sobject_name),
    ).fetchone()
    if found is None:
        raise SalesforceError(
            "INVALID_OPERATION", "Queue not associated with this SObject type", ["OwnerId"]
        )
