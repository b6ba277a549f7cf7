"""Outcomes of changes: SaveResult and its kin, and the errors in them."""

from salesforce_simulator.organisation.errors import DuplicateError, SalesforceError
from salesforce_simulator.organisation.organisation import WriteOutcome
from salesforce_simulator.protocols.soap.data.markup import Markup, element, elements, join
from salesforce_simulator.protocols.soap.data.sobjects import write_sobject


def save_result(outcome: WriteOutcome) -> Markup:
    """Return a SaveResult, or any other result of errors, id and success."""
    return element("result", join((_errors(outcome.error), _end(outcome))))


def upsert_result(outcome: WriteOutcome) -> Markup:
    """Return an UpsertResult."""
    created = element("created", outcome.created)
    return element("result", join((created, _errors(outcome.error), _end(outcome))))


def _end(outcome: WriteOutcome) -> Markup:
    return elements({"id": outcome.id, "success": outcome.error is None})


def _errors(error: SalesforceError | None) -> Markup:
    found = () if error is None else (error, *error.also)
    return join(error_markup(item) for item in found)


def error_markup(error: SalesforceError) -> Markup:
    """Return an Error; one about duplicates tells which records it found."""
    parts = {"fields": list(error.fields), "message": error.message, "statusCode": error.code}
    if not isinstance(error, DuplicateError):
        return element("errors", elements(parts))
    inner = join((elements(parts), element("duplicateResult", _duplicate_result(error))))
    return element("errors", inner, ' xsi:type="DuplicateError"')


def _duplicate_result(error: DuplicateError) -> Markup:
    return elements(
        {
            "allowSave": error.allow_save,
            "duplicateRule": error.rule_name,
            "duplicateRuleEntityType": error.entity_type,
            "errorMessage": error.message,
            "matchResults": [_match_result(name, ids) for name, ids in error.matches.items()],
        }
    )


def _match_result(name: str, ids: tuple[str, ...]) -> Markup:
    return elements(
        {
            "entityType": name,
            "matchEngine": "ExactMatchEngine",
            "matchRecords": [_match_record(name, record_id) for record_id in ids],
            "rule": f"Standard_{name}_Match_Rule_v1_0",
            "size": len(ids),
            "success": True,
        }
    )


def _match_record(name: str, record_id: str) -> Markup:
    record = {"attributes": {"type": name}, "Id": record_id}
    return join((element("matchConfidence", 100.0), write_sobject("record", record)))
