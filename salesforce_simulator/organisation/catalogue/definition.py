"""Custom objects and fields as text, so that the organisation can keep them."""

from dataclasses import asdict, fields
from typing import Any

import orjson

from salesforce_simulator.organisation.catalogue.model import Field, SObject


def dump_object(sobject: SObject) -> str:
    """Return an object, with the fields that were added to it, as JSON."""
    return orjson.dumps(
        {
            "name": sobject.name,
            "label": sobject.label,
            "plural": sobject.plural,
            "prefix": sobject.prefix,
            "abilities": sorted(sobject.abilities),
            "fields": [asdict(field) for field in sobject.fields],
        }
    ).decode()


def load_object(text: str) -> SObject:
    """Return the object that `dump_object` wrote."""
    data = orjson.loads(text)
    kept = tuple(_load_field(item) for item in data.pop("fields"))
    return SObject(**{**data, "abilities": frozenset(data["abilities"]), "fields": kept})


def _load_field(data: dict[str, Any]) -> Field:
    """Return a field; what a later version of the program added to fields has its default."""
    known = {field.name for field in fields(Field)}
    return Field(**{name: _frozen(value) for name, value in data.items() if name in known})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
