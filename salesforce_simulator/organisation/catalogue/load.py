"""Read the object tables.

The first line of a table is `label | plural | id prefix | abilities`; every
other line is a field: `name | label | type | access | notes`. The letters of
access are C createable, U updateable, N nillable, D defaulted on create, I id
lookup, X external id, Q unique, R restricted picklist, P permissionable.
"""

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from salesforce_simulator.organisation.catalogue.formulas import FORMULAS
from salesforce_simulator.organisation.catalogue.model import NUMBERS, Catalogue, Field, SObject
from salesforce_simulator.organisation.catalogue.relationships import CASCADE_DELETES, CHILD_NAMES

_TYPE = re.compile(r"(\w+)(?:\(([^)]*)\))?")
_ACCESS = {
    "C": "createable",
    "U": "updateable",
    "N": "nillable",
    "D": "defaulted",
    "I": "id_lookup",
    "X": "external_id",
    "Q": "unique",
    "R": "restricted",
    "P": "permissionable",
}


@cache
def load_catalogue() -> Catalogue:
    """Return the standard catalogue, which every organisation starts from."""
    folder = files(__package__)
    picklists = _read_picklists(folder / "picklists.txt")
    tables = sorted(
        (file for file in (folder / "objects").iterdir() if file.name.endswith(".txt")),
        key=lambda file: file.name,
    )
    return Catalogue(_read_object(file, picklists) for file in tables)


def _read_picklists(file: Traversable) -> dict[str, tuple[str, ...]]:
    lines = (line.partition(": ") for line in file.read_text("utf-8").splitlines())
    return {name: tuple(values.split("; ")) for name, _, values in lines}


def _read_object(file: Traversable, picklists: dict[str, tuple[str, ...]]) -> SObject:
    header, *lines = file.read_text("utf-8").splitlines()
    name = file.name.removesuffix(".txt")
    label, plural, prefix, abilities = header.split(" | ")
    fields = tuple(_read_field(name, line, picklists) for line in lines)
    return SObject(name, label, plural, prefix, frozenset(abilities.split()), fields)


def _read_field(sobject: str, line: str, picklists: dict[str, tuple[str, ...]]) -> Field:
    name, label, kind, access, notes = (part.strip() for part in line.split("|"))
    words = dict(_note(note) for note in notes.split("; ") if note)
    field_type, sizes = _read_type(kind)
    field = Field(
        name=name,
        label=label,
        type=field_type,
        relationship=words.get("relationship"),
        is_name="name" in words,
        compound=words.get("of"),
        extra=words.get("extra"),
        default=_default(field_type, words.get("default")),
        values=picklists[words["values"]] if "values" in words else (),
        formula=FORMULAS.get((sobject, name)),
        formula_source=words.get("formula"),
    )
    traits: dict[str, Any] = {_ACCESS[letter]: True for letter in access if letter in _ACCESS}
    return _with_children(sobject, replace(field, **traits, **sizes))


def _with_children(sobject: str, field: Field) -> Field:
    """Fill in what the field's parents call their records of this object."""
    ways = [(parent, sobject, field.name) for parent in field.reference_to]
    return replace(
        field,
        child_names=tuple((way[0], CHILD_NAMES[way]) for way in ways if way in CHILD_NAMES),
        cascades=tuple(way[0] for way in ways if way in CASCADE_DELETES),
    )


def _note(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


def _default(field_type: str, text: str | None) -> object:
    return text == "true" if field_type == "boolean" else text


def _read_type(text: str) -> tuple[str, dict[str, Any]]:
    """Return the type's name and its sizes as arguments of `Field`."""
    match = _TYPE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a field type: {text}")
    name, inner = match[1], match[2] or ""
    if name == "reference":
        return name, {"length": 18, "reference_to": tuple(inner.split(","))}
    if name == "int":
        return name, {"digits": int(inner)}
    if name in NUMBERS:
        precision, scale = inner.split(",")
        return name, {"precision": int(precision), "scale": int(scale)}
    return name, {"length": int(inner)} if inner else {}
