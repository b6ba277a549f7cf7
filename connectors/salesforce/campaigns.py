"""Campaigns: which there are, for a person who chooses one, and whether one is still there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.errors import NotFoundError
from connectors.salesforce.query import iterate_records
from connectors.salesforce.soql import Condition, Where, build_select, contains

_FIELDS = ("Id", "Name", "Type", "Status", "IsActive")


@dataclass(frozen=True)
class Campaign:
    """A campaign; ``type`` and ``status`` are empty where nobody filled them."""

    id: str
    name: str
    type: str
    status: str
    is_active: bool


def find_campaigns(client: SalesforceClient, search: str = "", *, limit: int) -> list[Campaign]:
    """Return the first campaigns by name whose name holds ``search``.

    Raises SchemaError where the connected user may see no campaigns.
    """
    return _read(client, contains("Name", search) if search else None, limit)


def read_campaign(client: SalesforceClient, campaign_id: str) -> Campaign:
    """Return one campaign; NotFoundError when it is deleted or the user may not see it.

    A query of its members would only find none.
    """
    for campaign in _read(client, Condition("Id", "=", campaign_id), 1):
        return campaign
    raise NotFoundError("NOT_FOUND", f"There is no campaign {campaign_id} that the user may see.")


def list_member_statuses(client: SalesforceClient, campaign_id: str) -> list[str]:
    """Return what the members of a campaign may have as their status, in the campaign's order."""
    soql = build_select(
        "CampaignMemberStatus",
        ["Label"],
        known_fields={"Label", "CampaignId", "SortOrder", "Id"},
        where=Condition("CampaignId", "=", campaign_id),
        order_by=["SortOrder", "Id"],
    )
    return [record["Label"] for record in iterate_records(client, soql)]


def _read(client: SalesforceClient, where: Where | None, limit: int) -> list[Campaign]:
    soql = build_select(
        "Campaign", _FIELDS, known_fields=_FIELDS, where=where, order_by=["Name", "Id"], limit=limit
    )
    return [_campaign(record) for record in iterate_records(client, soql)]


def _campaign(record: Mapping[str, Any]) -> Campaign:
    return Campaign(
        id=record["Id"],
        name=record["Name"],
        type=record["Type"] or "",
        status=record["Status"] or "",
        is_active=record["IsActive"],
    )
