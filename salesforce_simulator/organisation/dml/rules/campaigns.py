"""Rules of campaigns, their members, and the statuses that members may have."""

from typing import Any

from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.errors import SalesforceError

_FIRST_STATUSES = (("Sent", 1, 1, 0), ("Responded", 2, 0, 1))


class CampaignRules(Rules):
    """Campaigns: born with the statuses Sent and Responded."""

    def after_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Give the campaign its first two statuses."""
        statuses = tx.catalogue.get("CampaignMemberStatus")
        for label, order, default, responded in _FIRST_STATUSES:
            status = {
                "CampaignId": record["Id"],
                "Label": label,
                "SortOrder": order,
                "IsDefault": default,
                "HasResponded": responded,
            }
            tx.add(statuses, status)


class MemberStatusRules(Rules):
    """Statuses of a campaign: labels are unique, exactly one is the default."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Refuse a label that is taken; put the status at the end of the order."""
        campaign_id = record.get("CampaignId")
        if _status(tx, campaign_id, record.get("Label")):
            raise SalesforceError(
                "DUPLICATE_VALUE", f"duplicate value found: Label: {record['Label']}", ["Label"]
            )
        if record.get("SortOrder") is None:
            record["SortOrder"] = tx.connection.execute(
                "SELECT ifnull(max(SortOrder), 0) + 1 FROM CampaignMemberStatus"
                " WHERE CampaignId = ? AND IsDeleted = 0",
                (campaign_id,),
            ).fetchone()[0]
        if record.get("IsDefault"):
            self._unset_default(tx, campaign_id)

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Let a new default take the place of the old one; there is always one."""
        campaign_id, default = tx.values(record_id, "CampaignId", "IsDefault")
        if changes.get("IsDefault"):
            self._unset_default(tx, campaign_id)
        elif default and "IsDefault" in changes:
            raise SalesforceError(
                "FIELD_INTEGRITY_EXCEPTION",
                "There must be one default status per campaign.",
                ["IsDefault"],
            )

    def before_delete(self, tx: Transaction, record_id: str) -> None:
        """Refuse to delete the default status, or one that members have."""
        campaign_id, label, default = tx.values(record_id, "CampaignId", "Label", "IsDefault")
        used = tx.connection.execute(
            "SELECT 1 FROM CampaignMember WHERE CampaignId = ? AND Status = ? AND IsDeleted = 0",
            (campaign_id, label),
        ).fetchone()
        if default or used:
            raise SalesforceError(
                "DELETE_FAILED",
                "You cannot delete a member status that is the default or in use.",
                [],
            )

    def _unset_default(self, tx: Transaction, campaign_id: object) -> None:
        tx.connection.execute(
            "UPDATE CampaignMemberStatus SET IsDefault = 0, SystemModstamp = ?"
            " WHERE CampaignId = ? AND IsDefault = 1",
            (tx.stamp, campaign_id),
        )


class MemberRules(Rules):
    """Campaign members: one lead or contact, once per campaign, with one of its statuses."""

    def before_create(self, tx: Transaction, record: dict[str, Any]) -> None:
        """Check the person and the status; leave the default status where none is given."""
        campaign_id = record.get("CampaignId")
        self._check_person(tx, record)
        if record.get("Status") is None:
            record["Status"] = _default_label(tx, campaign_id)
        self._follow_status(tx, campaign_id, record, None)

    def before_update(self, tx: Transaction, record_id: str, changes: dict[str, Any]) -> None:
        """Let the responded flag follow a new status."""
        if "Status" in changes:
            campaign_id, first = tx.values(record_id, "CampaignId", "FirstRespondedDate")
            self._follow_status(tx, campaign_id, changes, first)

    def _check_person(self, tx: Transaction, record: dict[str, Any]) -> None:
        lead, contact = record.get("LeadId"), record.get("ContactId")
        if (lead is None) == (contact is None):
            problem = "Must specify either" if lead is None else "Cannot specify both"
            raise SalesforceError(
                "FIELD_INTEGRITY_EXCEPTION",
                f"{problem} a lead or a contact" if lead is None else f"{problem} lead and contact",
                ["LeadId", "ContactId"],
            )
        if lead is not None and tx.values(lead, "IsConverted")[0]:
            raise SalesforceError(
                "CANNOT_UPDATE_CONVERTED_LEAD",
                "Attempted to add a converted lead to the campaign",
                [],
            )
        column = "LeadId" if contact is None else "ContactId"
        found = tx.connection.execute(
            " ".join(
                (
                    "SELECT 1 FROM CampaignMember WHERE CampaignId = ?",
                    f"AND {column} = ? AND IsDeleted = 0",
                )
            ),
            (record.get("CampaignId"), contact or lead),
        ).fetchone()
        if found:
            raise SalesforceError("DUPLICATE_VALUE", "Already a campaign member.", [])

    def _follow_status(
        self,
        tx: Transaction,
        campaign_id: object,
        record: dict[str, Any],
        first_responded: str | None,
    ) -> None:
        status = _status(tx, campaign_id, record.get("Status"))
        if status is None and tx.rulebook.lenient_member_status:
            status = _status(tx, campaign_id, _default_label(tx, campaign_id))
        if status is None:
            raise SalesforceError(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"Status: bad value for restricted picklist field: {record.get('Status')}",
                ["Status"],
            )
        record["Status"], record["HasResponded"] = status
        if status[1] and first_responded is None:
            record["FirstRespondedDate"] = tx.stamp[:10]


def _status(tx: Transaction, campaign_id: object, label: object) -> tuple[str, int] | None:
    """Return (label as spelt, responded) of a campaign's status of that label, in any case."""
    found: tuple[str, int] | None = tx.connection.execute(
        "SELECT Label, HasResponded FROM CampaignMemberStatus"
        " WHERE CampaignId = ? AND Label = ? COLLATE NOCASE AND IsDeleted = 0",
        (campaign_id, label),
    ).fetchone()
    return found


def _default_label(tx: Transaction, campaign_id: object) -> str | None:
    row = tx.connection.execute(
        "SELECT Label FROM CampaignMemberStatus"
        " WHERE CampaignId = ? AND IsDefault = 1 AND IsDeleted = 0",
        (campaign_id,),
    ).fetchone()
    return str(row[0]) if row else None
