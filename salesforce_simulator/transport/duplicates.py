"""What a refused duplicate looks like: the rule, and the records that it found."""

from salesforce_simulator.organisation.errors import DuplicateError

# A body recorded with version 54 misspells the key; later ones are known with the right name.
_MISSPELT_UP_TO = 54.0


def result_key(version: str) -> str:
    """Return the name of the result in a REST error of this version."""
    return "duplicateResut" if float(version) <= _MISSPELT_UP_TO else "duplicateResult"


def duplicate_result(error: DuplicateError, version: str) -> dict[str, object]:
    """Return the result with paths of API `version` such as `60.0`."""
    return {
        "allowSave": error.allow_save,
        "duplicateRule": error.rule_name,
        "duplicateRuleEntityType": error.entity_type,
        "errorMessage": error.message,
        "matchResults": [
            {
                "entityType": name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": [
                    {
                        "additionalInformation": [],
                        "fieldDiffs": [],
                        "matchConfidence": 100.0,
                        "record": _record(name, record_id, version),
                    }
                    for record_id in ids
                ],
                "rule": f"Standard_{name}_Match_Rule_v1_0",
                "size": len(ids),
                "success": True,
            }
            for name, ids in error.matches.items()
        ],
    }


def _record(name: str, record_id: str, version: str) -> dict[str, object]:
    url = f"/services/data/v{version}/sobjects/{name}/{record_id}"
    return {"attributes": {"type": name, "url": url}, "Id": record_id}
