"""Rules of tasks and events."""

from typing import Any

from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.schema import quoted

_CLOSED = "Completed"
_LEAD = "00Q"
_WITH_ACTIVITIES = ("WhoId", "WhatId")


class ActivityRules(Rules):
    """Tasks and events: a lead has no other relation; the people's last activity follows.

    `telling` are the fields that tell when the activity was, and whether it counts.
    """

    telling: tuple[str, ...] = ("ActivityDate",)

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:  # noqa: ARG002 - an occasion of Rules
        """Check whom and what the activity is about."""
        self._check_relations(record.get("WhoId"), record.get("WhatId"))

    def after_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Move the last activity of whom and what it is about."""
        self.follow(tx, record)

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Check whom and what the activity is about after the change."""
        who, what = tx.values(record_id, *_WITH_ACTIVITIES)
        self._check_relations(changes.get("WhoId", who), changes.get("WhatId", what))

    def after_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Move the last activity of whom and what it is about."""
        names = [name for name in (*self.telling, *_WITH_ACTIVITIES) if name not in changes]
        rest = tx.values(record_id, *names) if names else ()
        self.follow(tx, {**changes, **dict(zip(names, rest, strict=True))})

    def counts(self, record: dict[str, Any]) -> bool:  # noqa: ARG002 - tasks look at it
        """Tell whether the activity belongs to the past of its people."""
        return True

    def follow(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Let LastActivityDate follow, without a new modification stamp: nobody edited them.

        A task counts when it is completed, an event by its day.
        """
        day = record.get("ActivityDate") or tx.stamp[:10]
        if not self.counts(record):
            return
        for name in _WITH_ACTIVITIES:
            related = tx.catalogue.of_id(record[name]) if record.get(name) else None
            if related is None or not related.has("LastActivityDate"):
                continue
            tx.connection.execute(
                f"UPDATE {quoted(related.name)} SET LastActivityDate = ?"  # noqa: S608 - names from the catalogue
                " WHERE Id = ? AND ifnull(LastActivityDate, '') < ?",
                (day, record[name], day),
            )

    def _check_relations(self, who: str | None, what: str | None) -> None:
        if who is not None and what is not None and who.startswith(_LEAD):
            raise SalesforceError(
                "FIELD_INTEGRITY_EXCEPTION",
                "If WhoId is a Lead, WhatId must be empty: cannot relate a lead to another record",
                ["WhatId"],
            )


class TaskRules(ActivityRules):
    """Tasks: of the subtype Task unless another is given, and completed by their status."""

    telling = ("ActivityDate", "Status")

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Fill in the subtype, and the moment of completion of what is done already."""
        super().before_create(tx, record)
        if record.get("TaskSubtype") is None:
            record["TaskSubtype"] = "Task"
        self._follow_status(tx, record, None)

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Let the moment of completion follow the status."""
        super().before_update(tx, record_id, changes)
        if "Status" in changes:
            (before,) = tx.values(record_id, "Status")
            self._follow_status(tx, changes, before)

    def counts(self, record: dict[str, Any]) -> bool:
        """Tell whether the task is done."""
        return record.get("Status") == _CLOSED

    def _follow_status(self, tx: Transaction, record: dict[str, Any], before: str | None) -> None:
        if record.get("Status") != _CLOSED:
            record["CompletedDateTime"] = None
        elif before != _CLOSED:
            record["CompletedDateTime"] = tx.stamp


class EventRules(ActivityRules):
    """Events: start and length give the end, and the day."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Complete the times; an event needs a length or an end."""
        super().before_create(tx, record)
        start = record.get("StartDateTime") or record.get("ActivityDateTime")
        if start is None and record.get("ActivityDate") is None:
            raise SalesforceError(
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [ActivityDateTime]",
                ["ActivityDateTime"],
            )
        if start is not None:
            record["StartDateTime"] = record["ActivityDateTime"] = start
            record["ActivityDate"] = start[:10]
        if record.get("DurationInMinutes") is None and record.get("EndDateTime") is None:
            raise SalesforceError(
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [DurationInMinutes]",
                ["DurationInMinutes"],
            )
