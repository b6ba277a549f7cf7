"""The objects of the Tooling API and their fields.

`tables.txt` holds one object per line: name, id prefix and fields. A field without a type is a
text; `Id>Object` is a way up to that object.
"""

from functools import cache
from importlib.resources import files
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject

METADATA = "complexvalue"
_LONGEST = 131_072
_SIZES: dict[str, dict[str, Any]] = {
    "int": {"digits": 8},
    "double": {"precision": 18, "scale": 1},
    "boolean": {},
    "datetime": {},
    METADATA: {"length": _LONGEST},
    "string": {"length": 255},
}


@cache
def tooling_catalogue() -> Catalogue:
    """Return the objects of the Tooling API."""
    lines = (files(__package__) / "tables.txt").read_text("utf-8").splitlines()
    return Catalogue(_read(line) for line in lines)


def _read(line: str) -> SObject:
    name, prefix, *fields = line.split(" ")
    own_id = Field(name="Id", label="Id", type="id", length=18)
    read = (own_id, *map(_read_field, fields))
    return SObject(name, name, name, prefix, frozenset(), read)


def _read_field(text: str) -> Field:
    name, _, parent = text.partition(">")
    if parent:
        # What stands there is a durable id, such as the name of a standard object.
        return Field(
            name=name,
            label=name,
            type="string",
            length=255,
            nillable=True,
            reference_to=(parent,),
            relationship=name.removesuffix("Id"),
        )
    name, _, kind = text.partition(":")
    return Field(
        name=name, label=name, type=kind or "string", nillable=True, **_SIZES[kind or "string"]
    )
