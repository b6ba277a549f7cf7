"""Control calls about data: the rulebook, row locks, merges, conversions, the recycle bin."""

from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.dml.convert import LeadConvert
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation, Session
from salesforce_simulator.transport.bodies import read_json, read_object, require_object
from salesforce_simulator.transport.context import in_thread, organisation
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply, no_content


async def get_rulebook(request: web.Request) -> web.Response:
    """GET the rules in force."""
    book = await in_thread(request, organisation(request).rules.read)
    return json_reply(request, book.as_json())


async def change_rulebook(request: web.Request) -> web.Response:
    """POST parts of a rulebook, such as ``{"validation_rules": [...]}``: they replace the old."""
    parts = await read_object(request)
    try:
        book = await in_thread(request, organisation(request).rules.change, parts)
    except ValueError as problem:
        raise HttpError(400, "INVALID_RULEBOOK", str(problem)) from problem
    return json_reply(request, book.as_json())


async def lock_rows(request: web.Request) -> web.Response:
    """POST ``{"ids": [...], "seconds": n}`` or ``"refusals": n``: changes to them are refused."""
    data = await read_object(request)
    organisation(request).lock_rows(
        data["ids"], seconds=data.get("seconds"), refusals=data.get("refusals")
    )
    return no_content()


async def unlock_rows(request: web.Request) -> web.Response:
    """DELETE every row lock."""
    organisation(request).unlock_rows()
    return no_content()


async def merge(request: web.Request) -> web.Response:
    """POST ``{"object", "winner", "losers": [...], "values": {...}}`` merges as SOAP does."""
    data = await read_object(request)
    org = organisation(request)
    outcome = await in_thread(
        request,
        org.merge,
        data["object"],
        data["winner"],
        data["losers"],
        data.get("values", {}),
        _administrator(org),
    )
    body = {
        "id": outcome.id,
        "mergedRecordIds": outcome.merged_ids,
        "updatedRelatedIds": outcome.updated_related_ids,
    }
    return json_reply(request, body)


async def convert_leads(request: web.Request) -> web.Response:
    """POST a list of ``{"leadId", "convertedStatus", ...}`` converts leads as SOAP does."""
    org = organisation(request)
    requests = [_lead_convert(require_object(item)) for item in await read_json(request)]
    outcomes = await in_thread(request, org.convert_leads, requests, _administrator(org))
    return json_reply(
        request,
        [
            {
                "leadId": outcome.lead_id,
                "accountId": outcome.account_id,
                "contactId": outcome.contact_id,
                "opportunityId": outcome.opportunity_id,
                "error": _told(outcome.error),
            }
            for outcome in outcomes
        ],
    )


async def empty_recycle_bin(request: web.Request) -> web.Response:
    """POST ``{"ids": [...]}`` removes deleted records for good."""
    data = await read_object(request)
    org = organisation(request)
    outcomes = await in_thread(request, org.empty_recycle_bin, data["ids"], _administrator(org))
    return json_reply(request, [_told(outcome.error) for outcome in outcomes])


async def touch(request: web.Request) -> web.Response:
    """POST ``{"ids": [...]}`` moves SystemModstamp alone, as changes by the system do."""
    data = await read_object(request)
    org = organisation(request)
    await in_thread(request, org.touch, data["ids"], _administrator(org))
    return no_content()


def _administrator(org: Organisation) -> Session:
    return org.integration_session()


def _told(error: SalesforceError | None) -> dict[str, str] | None:
    return None if error is None else {"statusCode": error.code, "message": error.message}


def _lead_convert(data: dict[str, Any]) -> LeadConvert:
    return LeadConvert(
        lead_id=data["leadId"],
        converted_status=data.get("convertedStatus", "Closed - Converted"),
        account_id=data.get("accountId"),
        contact_id=data.get("contactId"),
        opportunity_id=data.get("opportunityId"),
        opportunity_name=data.get("opportunityName"),
        do_not_create_opportunity=bool(data.get("doNotCreateOpportunity")),
        overwrite_lead_source=bool(data.get("overwriteLeadSource")),
        owner_id=data.get("ownerId"),
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/__control__/rulebook", get_rulebook),
        web.post("/__control__/rulebook", change_rulebook),
        web.post("/__control__/row-locks", lock_rows),
        web.delete("/__control__/row-locks", unlock_rows),
        web.post("/__control__/merge", merge),
        web.post("/__control__/convert-leads", convert_leads),
        web.post("/__control__/empty-recycle-bin", empty_recycle_bin),
        web.post("/__control__/touch", touch),
    ]
