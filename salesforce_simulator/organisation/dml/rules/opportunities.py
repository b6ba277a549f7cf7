"""Rules of opportunities and of the contacts who play a role in them."""

from typing import Any

from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.transaction import Transaction

STAGE_PROBABILITIES = {
    "Prospecting": 10.0,
    "Qualification": 10.0,
    "Needs Analysis": 20.0,
    "Value Proposition": 50.0,
    "Id. Decision Makers": 60.0,
    "Perception Analysis": 70.0,
    "Proposal/Price Quote": 75.0,
    "Negotiation/Review": 90.0,
    "Closed Won": 100.0,
    "Closed Lost": 0.0,
}


class OpportunityRules(Rules):
    """Opportunities: the stage sets the probability and the forecast category."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:  # noqa: ARG002 - an occasion of Rules
        """Fill in what follows from the stage."""
        self._follow_stage(record)

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:  # noqa: ARG002 - an occasion of Rules
        """Follow a change of the stage."""
        if "StageName" in changes:
            self._follow_stage(changes)
            changes["LastStageChangeDate"] = tx.stamp

    def _follow_stage(self, record: dict[str, Any]) -> None:
        stage = record.get("StageName")
        record.setdefault("Probability", STAGE_PROBABILITIES.get(str(stage), 0.0))
        forecast = {"Closed Won": "Closed", "Closed Lost": "Omitted"}.get(str(stage), "Pipeline")
        record.setdefault("ForecastCategoryName", forecast)


class ContactRoleRules(Rules):
    """Contact roles of an opportunity: at most one is the primary one."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Let a new primary role take the place of the old one."""
        if record.get("IsPrimary"):
            self._unset_primary(tx, str(record.get("OpportunityId")))

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Let a role that becomes primary take the place of the old one."""
        if changes.get("IsPrimary"):
            (opportunity_id,) = tx.values(record_id, "OpportunityId")
            self._unset_primary(tx, opportunity_id)

    def _unset_primary(self, tx: Transaction, opportunity_id: str) -> None:
        tx.connection.execute(
            "UPDATE OpportunityContactRole SET IsPrimary = 0, SystemModstamp = ?"
            " WHERE OpportunityId = ? AND IsPrimary = 1",
            (tx.stamp, opportunity_id),
        )
