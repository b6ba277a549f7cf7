"""Compact layouts: the few fields that stand for a record. There is the system's own alone."""

from collections.abc import Sequence
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.describe import describe_field
from salesforce_simulator.organisation.record_types import RecordType

_NAME = "SYSTEM"


def describe_compact_layouts(
    sobject: SObject, record_types: Sequence[RecordType], version: str
) -> dict[str, Any]:
    """Return the compact layouts of an object and which record type has which."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}/describe/compactLayouts"
    return {
        "compactLayouts": [describe_compact_layout(sobject)],
        "defaultCompactLayoutId": None,
        "recordTypeCompactLayoutMappings": [
            {
                "available": True,
                "compactLayoutId": None,
                "compactLayoutName": _NAME,
                "recordTypeId": each.id,
                "recordTypeName": each.name,
                "urls": {"compactLayout": f"{base}/{each.id}"},
            }
            for each in record_types
        ],
    }


def describe_compact_layout(sobject: SObject) -> dict[str, Any]:
    """Return the system's compact layout: the name of the record."""
    return {
        "actions": [],
        "fieldItems": [
            {
                "editableForNew": field.createable,
                "editableForUpdate": field.updateable,
                "label": field.label,
                "layoutComponents": [
                    {
                        "details": describe_field(field),
                        "displayLines": 1,
                        "tabOrder": 1,
                        "type": "Field",
                        "value": field.name,
                    }
                ],
                "placeholder": False,
                "required": False,
            }
            for field in sobject.fields
            if field.is_name
        ],
        "id": None,
        "imageItems": [],
        "label": "System Default",
        "name": _NAME,
        "objectType": sobject.name,
    }
