"""The types of the Metadata API: which elements they have, and of which types.

`schema.txt` holds a type per line, `Name: element type, ...`, in the order of the API's WSDL, where
`?` marks an element that may be left out and `*` one that may be repeated; and the enumerations,
`Name = value | ...`.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from salesforce_simulator.organisation.metadata.nodes import NAMESPACE, Node
from salesforce_simulator.organisation.metadata.problems import ComponentError

_BOOLEANS = {"true", "false", "1", "0"}


@dataclass(frozen=True)
class Element:
    """One element of a type."""

    name: str
    type: str
    required: bool
    repeated: bool


@dataclass(frozen=True)
class Schema:
    """All types, by name, with their elements by name in their order; all enumerations."""

    types: dict[str, dict[str, Element]]
    enumerations: dict[str, frozenset[str]]


@cache
def schema() -> Schema:
    """Return the types of the API."""
    types: dict[str, dict[str, Element]] = {}
    enumerations: dict[str, frozenset[str]] = {}
    for line in (files(__package__) / "schema.txt").read_text("utf-8").splitlines():
        name, colon, elements = line.partition(": ")
        if colon:
            parts = (_element(part) for part in elements.split(", "))
            types[name] = {element.name: element for element in parts}
        else:
            name, _, values = line.partition(" = ")
            enumerations[name] = frozenset(values.split(" | "))
    return Schema(types, enumerations)


def _element(text: str) -> Element:
    name, kind = text.split(" ")
    return Element(name, kind.rstrip("?*"), kind[-1] not in "?*", kind.endswith("*"))


def check(node: Node, type_name: str) -> None:
    """Raise ComponentError when an element of a file has no place there, or a wrong value."""
    elements = schema().types[type_name]
    seen = set()
    for child in node.children:
        element = elements.get(child.name)
        if element is None:
            place = f"{{{NAMESPACE}}}{child.name} invalid at this location in type {type_name}"
            raise _parsing(f"Element {place}", child)
        if child.name in seen and not element.repeated:
            message = f"Element {child.name} is duplicated at this location in type {type_name}"
            raise _parsing(message, child)
        seen.add(child.name)
        if element.type in schema().types:
            check(child, element.type)
        else:
            _check_value(child, element.type)


def _check_value(node: Node, kind: str) -> None:
    text = node.text.strip()
    if kind in schema().enumerations:
        if text not in schema().enumerations[kind]:
            raise _parsing(f"'{text}' is not a valid value for the enum '{kind}'", node)
    elif (kind == "boolean" and text not in _BOOLEANS) or (
        kind in {"int", "double"} and not _is_number(text, whole=kind == "int")
    ):
        raise _parsing(f"'{text}' is not a valid value for the type xsd:{kind}", node)


def _is_number(text: str, *, whole: bool) -> bool:
    try:
        int(text) if whole else float(text)
    except ValueError:
        return False
    return True


def _parsing(message: str, node: Node) -> ComponentError:
    return ComponentError(f"Error parsing file: {message}", node.line, node.column)


def require(node: Node, type_name: str) -> None:
    """Raise ComponentError when an element that a component must have is missing or empty."""
    for element in schema().types[type_name].values():
        found = node.child(element.name)
        if element.required and (found is None or not (found.text.strip() or found.children)):
            message = f"Required field is missing: {element.name}"
            raise ComponentError(message, node.line, node.column)
        if element.type in schema().types:
            for child in node.all(element.name):
                require(child, element.type)


def in_order(node: Node, type_name: str) -> Node:
    """Return a node with its children in the order of the WSDL, as SOAP answers need them."""
    elements = schema().types.get(type_name, {})
    places = {name: place for place, name in enumerate(elements)}
    children = [
        in_order(child, elements[child.name].type) if child.name in elements else child
        for child in node.children
    ]
    children.sort(key=lambda child: places.get(child.name, len(places)))
    return Node(node.name, node.text, tuple(children))


def canonical(node: Node) -> tuple[object, ...]:
    """Return what two definitions of a component have in common when nothing has changed.

    An element that says `false` means the same as one that is not there; the order of elements of
    different names means nothing.
    """
    children = [
        canonical(child)
        for child in sorted(node.children, key=_place)
        if child.children or child.text.strip() not in {"", "false"}
    ]
    return (node.name, node.text.strip(), *children)


_UNORDERED = ("Permissions", "Accesses", "Settings", "Visibilities")


def _place(child: Node) -> tuple[str, str]:
    """Return where a child stands: only lists whose order means something keep theirs."""
    if child.name.endswith(_UNORDERED):
        texts = sorted(grandchild.name + grandchild.text for grandchild in child.children)
        return child.name, "".join(texts)
    return child.name, ""
