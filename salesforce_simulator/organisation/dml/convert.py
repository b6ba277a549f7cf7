"""Convert a lead into an account, a contact and an opportunity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.conversion_fields import (
    ACCOUNT_FIELDS,
    CONTACT_FIELDS,
    STICKY_FLAGS,
)
from salesforce_simulator.organisation.dml.references import require_live
from salesforce_simulator.organisation.dml.reparent import children_of, is_member_twice
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.dml.writer import create, require_id, update
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.rulebook.checks import check_locks, check_open

_USER_PREFIX = "005"
_MONTHS_PER_QUARTER = 3
_MONTHS = 12


@dataclass(frozen=True)
class LeadConvert:
    """How a lead is to be converted; the names are those of the SOAP API's LeadConvert.

    Without an account or contact a new one is made; an existing one gets values
    for its empty fields alone, except for LeadSource with `overwrite_lead_source`.
    """

    lead_id: str
    converted_status: str
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    opportunity_name: str | None = None
    do_not_create_opportunity: bool = False
    overwrite_lead_source: bool = False
    owner_id: str | None = None


@dataclass(frozen=True)
class LeadConvertOutcome:
    """The records that a lead became, or why it did not."""

    lead_id: str
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    error: SalesforceError | None = None


def convert(tx: Transaction, request: LeadConvert) -> LeadConvertOutcome:
    """Convert one lead; it stays, read-only, and tells what became of it.

    Raises CANNOT_UPDATE_CONVERTED_LEAD, INVALID_STATUS, and whatever the new records raise.
    """
    leads = tx.catalogue.get("Lead")
    request = _with_full_ids(tx, request)
    require_live(tx.connection, leads, request.lead_id)
    check_open(tx)
    check_locks(tx, leads, {"Id": request.lead_id})
    lead = tx.row(leads, request.lead_id)
    _check(tx, request, lead)
    owner = request.owner_id or lead["OwnerId"]
    account_id = _account(tx, request, lead, owner)
    contact_id = _contact(tx, request, lead, account_id, owner)
    opportunity_id = _opportunity(tx, request, lead, account_id, owner)
    if opportunity_id is not None:
        _add_role(tx, opportunity_id, contact_id)
    _move_activities(tx, request.lead_id, contact_id)
    _join_members(tx, request.lead_id, contact_id)
    converted = {
        "IsConverted": 1,
        "Status": request.converted_status,
        "ConvertedDate": tx.stamp[:10],
        "ConvertedAccountId": account_id,
        "ConvertedContactId": contact_id,
        "ConvertedOpportunityId": opportunity_id,
        "IsUnreadByOwner": 0,
        "OwnerId": owner,
    }
    tx.change(leads, request.lead_id, converted)
    return LeadConvertOutcome(request.lead_id, account_id, contact_id, opportunity_id)


def _with_full_ids(tx: Transaction, request: LeadConvert) -> LeadConvert:
    """Return the request with 18-character ids; MALFORMED_ID for one of another object."""
    ids = {
        "lead_id": "Lead",
        "account_id": "Account",
        "contact_id": "Contact",
        "opportunity_id": "Opportunity",
        "owner_id": "User",
    }
    given = {name: getattr(request, name) for name in ids}
    full: dict[str, Any] = {
        name: require_id(tx.catalogue.get(ids[name]), value)
        for name, value in given.items()
        if value
    }
    return replace(request, **full)


def _check(tx: Transaction, request: LeadConvert, lead: Mapping[str, Any]) -> None:
    if lead["IsConverted"]:
        raise SalesforceError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
    status = tx.connection.execute(
        "SELECT 1 FROM LeadStatus WHERE ApiName = ? AND IsConverted = 1",
        (request.converted_status,),
    ).fetchone()
    if status is None:
        raise SalesforceError(
            "INVALID_STATUS", f"invalid convertedStatus: {request.converted_status}", []
        )
    if not (request.owner_id or lead["OwnerId"]).startswith(_USER_PREFIX):
        raise SalesforceError(
            "UNKNOWN_EXCEPTION",
            "Converted objects can only be owned by users.  If the lead is not owned by a user,"
            " you must specify a user for the Owner field.",
            [],
        )
    if request.contact_id and not request.account_id:
        raise SalesforceError(
            "REQUIRED_FIELD_MISSING",
            "An account ID is required when converting a lead to an existing contact.",
            ["accountId"],
        )


def _account(tx: Transaction, request: LeadConvert, lead: Mapping[str, Any], owner: str) -> str:
    accounts = tx.catalogue.get("Account")
    values = _mapped(tx, accounts, lead, ACCOUNT_FIELDS)
    if request.account_id is None:
        return create(tx, accounts, {**values, "OwnerId": owner})
    _fill_empty(tx, accounts, request.account_id, values)
    return request.account_id


def _contact(
    tx: Transaction, request: LeadConvert, lead: Mapping[str, Any], account_id: str, owner: str
) -> str:
    contacts = tx.catalogue.get("Contact")
    values = _mapped(tx, contacts, lead, CONTACT_FIELDS)
    if request.contact_id is None:
        return create(tx, contacts, {**values, "AccountId": account_id, "OwnerId": owner})
    changes = {name: True for name in STICKY_FLAGS if lead[name]}
    if request.overwrite_lead_source and lead["LeadSource"] is not None:
        changes["LeadSource"] = lead["LeadSource"]
    _fill_empty(tx, contacts, request.contact_id, {**values, "AccountId": account_id}, changes)
    return request.contact_id


def _opportunity(
    tx: Transaction, request: LeadConvert, lead: Mapping[str, Any], account_id: str, owner: str
) -> str | None:
    opportunities = tx.catalogue.get("Opportunity")
    if request.opportunity_id is not None:
        require_live(tx.connection, opportunities, request.opportunity_id)
        return request.opportunity_id
    if request.do_not_create_opportunity:
        return None
    values = {
        "Name": request.opportunity_name or f"{lead['Company']}-",
        "AccountId": account_id,
        "StageName": opportunities.by_name["stagename"].values[0],
        "CloseDate": _end_of_quarter(date.fromisoformat(tx.stamp[:10])),
        "LeadSource": lead["LeadSource"],
        "CampaignId": _latest_campaign(tx, request.lead_id),
        "OwnerId": owner,
    }
    return create(tx, opportunities, {**_mapped(tx, opportunities, lead, {}), **values})


def _mapped(
    tx: Transaction, target: SObject, lead: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return a lead's values under the target's field names; custom fields by the same name."""
    custom = {
        field.name: field.name for field in tx.catalogue.get("Lead").stored_fields if field.custom
    }
    found = {}
    for theirs, ours in {**custom, **names}.items():
        field = target.field(theirs)
        if field is not None and field.createable and lead.get(ours) is not None:
            found[theirs] = bool(lead[ours]) if field.type == "boolean" else lead[ours]
    return found


def _fill_empty(
    tx: Transaction,
    sobject: SObject,
    record_id: str,
    values: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Write the values of fields that are empty, and the changes in any case."""
    require_live(tx.connection, sobject, record_id)
    stored = tx.row(sobject, record_id)
    empty = {name: value for name, value in values.items() if stored[name] is None}
    update(tx, sobject, record_id, {**empty, **(changes or {})})


def _add_role(tx: Transaction, opportunity_id: str, contact_id: str) -> None:
    roles = tx.catalogue.get("OpportunityContactRole")
    there = children_of(tx, roles, "OpportunityId", opportunity_id)
    if not any(tx.values(role, "ContactId") == (contact_id,) for role in there):
        values = {"OpportunityId": opportunity_id, "ContactId": contact_id, "IsPrimary": not there}
        create(tx, roles, values)


def _move_activities(tx: Transaction, lead_id: str, contact_id: str) -> None:
    for name, field in (
        ("Task", "WhoId"),
        ("Event", "WhoId"),
        ("EmailMessageRelation", "RelationId"),
    ):
        sobject = tx.catalogue.get(name)
        for record_id in children_of(tx, sobject, field, lead_id):
            tx.touch(sobject, record_id, {field: contact_id})


def _join_members(tx: Transaction, lead_id: str, contact_id: str) -> None:
    """Add the contact to the lead's memberships, which keep the lead."""
    members = tx.catalogue.get("CampaignMember")
    for member_id in children_of(tx, members, "LeadId", lead_id):
        if is_member_twice(tx, members, "ContactId", member_id, contact_id):
            tx.touch(members, member_id, {"IsDeleted": 1})
        else:
            tx.touch(members, member_id, {"ContactId": contact_id})


def _latest_campaign(tx: Transaction, lead_id: str) -> str | None:
    row = tx.connection.execute(
        "SELECT CampaignId FROM CampaignMember WHERE LeadId = ? AND IsDeleted = 0"
        " ORDER BY CreatedDate DESC, number DESC LIMIT 1",
        (lead_id,),
    ).fetchone()
    return str(row[0]) if row else None


def _end_of_quarter(day: date) -> str:
    """Return the last day of the quarter, which Salesforce takes for a new close date."""
    months = day.year * _MONTHS + day.month - 1
    after = months - months % _MONTHS_PER_QUARTER + _MONTHS_PER_QUARTER
    first = date(after // _MONTHS, after % _MONTHS + 1, 1)
    return (first - timedelta(days=1)).isoformat()
