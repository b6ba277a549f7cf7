"""merge and convertLead, which REST does not have."""

from xml.etree.ElementTree import Element

from salesforce_simulator.organisation.dml.convert import LeadConvert, LeadConvertOutcome
from salesforce_simulator.organisation.dml.merge import MergeOutcome
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.soap.data.call import DataCall, check_size
from salesforce_simulator.protocols.soap.data.markup import Markup, element, elements, join
from salesforce_simulator.protocols.soap.data.results import error_markup
from salesforce_simulator.protocols.soap.data.sobjects import read_sobject
from salesforce_simulator.protocols.soap.data.writes import check_names
from salesforce_simulator.protocols.soap.envelope import local_name

_MOST_CONVERTED = 100
_WHOLE_CALL = frozenset({"INVALID_FIELD", "INVALID_TYPE"})


def merge(data: DataCall) -> Markup:
    """Merge records, each request with a result of its own."""
    requests = list(data.children("request"))
    check_size(len(requests))
    return join(_merge(data, request) for request in requests)


def _merge(data: DataCall, request: Element) -> Markup:
    try:
        outcome = _merged(data, request)
    except SalesforceError as error:
        if error.code in _WHOLE_CALL:
            raise
        return element("result", _merge_result(None, error))
    return element("result", _merge_result(outcome, None))


def _merged(data: DataCall, request: Element) -> MergeOutcome:
    master = next((c for c in request if local_name(c) == "masterRecord"), None)
    if master is None:
        raise SalesforceError("MISSING_ARGUMENT", "masterRecord not specified", [])
    name, values = read_sobject(master)
    check_names(data.sobject(name), values)
    winner = str(values.pop("Id", ""))
    losers = [c.text or "" for c in request if local_name(c) == "recordToMergeIds"]
    return data.organisation.merge(name, winner, losers, values, data.session, data.options)


def _merge_result(outcome: MergeOutcome | None, error: SalesforceError | None) -> Markup:
    return join(
        (
            error_markup(error) if error else "",
            element("id", outcome and outcome.id),
            element("mergedRecordIds", outcome.merged_ids if outcome else ()),
            element("success", outcome is not None),
            element("updatedRelatedIds", outcome.updated_related_ids if outcome else ()),
        )
    )


def convert_lead(data: DataCall) -> Markup:
    """Convert leads, each with a result of its own."""
    requests = [_lead_convert(item) for item in data.children("leadConverts")]
    check_size(len(requests), _MOST_CONVERTED)
    outcomes = data.organisation.convert_leads(requests, data.session, data.options)
    return join(element("result", _convert_result(outcome)) for outcome in outcomes)


def _lead_convert(item: Element) -> LeadConvert:
    given = {local_name(child): (child.text or "").strip() for child in item}

    def flag(name: str) -> bool:
        return given.get(name, "").lower() in {"true", "1"}

    return LeadConvert(
        lead_id=given.get("leadId", ""),
        converted_status=given.get("convertedStatus", ""),
        account_id=given.get("accountId") or None,
        contact_id=given.get("contactId") or None,
        opportunity_id=given.get("opportunityId") or None,
        opportunity_name=given.get("opportunityName") or None,
        do_not_create_opportunity=flag("doNotCreateOpportunity"),
        overwrite_lead_source=flag("overwriteLeadSource"),
        owner_id=given.get("ownerId") or None,
    )


def _convert_result(outcome: LeadConvertOutcome) -> Markup:
    done = outcome.error is None
    return join(
        (
            elements({"accountId": outcome.account_id, "contactId": outcome.contact_id}),
            "" if outcome.error is None else error_markup(outcome.error),
            element("leadId", outcome.lead_id if done else None),
            elements({"opportunityId": outcome.opportunity_id, "success": done}),
        )
    )
