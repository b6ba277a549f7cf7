"""The types of components: where their files lie and what they are called.

`types.txt` holds one per line: name, id prefix, directory, suffix, traits and child types. `meta`
means that a file of another kind has its definition beside it, `folder` that the components lie in
folders, `opaque` that the organisation keeps the file without looking into it.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_CHILD_PREFIXES = {
    "CustomField": "00N",
    "WebLink": "00b",
    "ListView": "00B",
    "RecordType": "012",
    "ValidationRule": "03d",
    "FieldSet": "0IX",
    "CompactLayout": "0AH",
    "BusinessProcess": "019",
    "SharingReason": "021",
    "Index": "0Hd",
}


@dataclass(frozen=True)
class ComponentType:
    """One type of component; `children` maps the element of a child to the child's type."""

    name: str
    prefix: str
    directory: str
    suffix: str
    has_meta_file: bool
    folder_type: str | None
    opaque: bool
    children: dict[str, str]


@cache
def component_types() -> dict[str, ComponentType]:
    """Return the types that have files, by name."""
    lines = (files(__package__) / "types.txt").read_text("utf-8").splitlines()
    types = [_read(line) for line in lines]
    return {each.name: each for each in types}


def _read(line: str) -> ComponentType:
    name, prefix, directory, suffix, traits, children = (part.strip() for part in line.split("|"))
    words = dict(word.partition("=")[::2] for word in traits.split())
    pairs = (child.split("=") for child in children.split("; ") if child)
    return ComponentType(
        name,
        prefix,
        directory,
        suffix,
        "meta" in words,
        words.get("folder"),
        "opaque" in words,
        {element: kind for element, kind in pairs},  # noqa: C416 - mypy knows pairs, not lists
    )


@cache
def child_types() -> dict[str, str]:
    """Return the types that stand inside an object's file, with the names of their elements."""
    children = component_types()["CustomObject"].children
    return {kind: element for element, kind in children.items()}


def is_type(name: str) -> bool:
    """Tell whether there is such a type of component."""
    return name in component_types() or name in child_types()


def prefix_of(type_name: str) -> str:
    """Return the first three characters of the ids of a type's components."""
    return _CHILD_PREFIXES.get(type_name) or component_types()[type_name].prefix


def at_directory(directory: str) -> ComponentType | None:
    """Return the type whose files lie in a directory, or None."""
    found = (each for each in component_types().values() if each.directory == directory)
    return next(found, None)
