"""Definitions as JSON, which the Tooling API and the keepers of layouts and reports use."""

from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.schema import Element, schema


def from_json(given: Mapping[str, Any], type_name: str) -> tuple[Node, ...]:
    """Return the elements of a definition; ValueError for what the type does not have."""
    nodes: list[Node] = []
    for name, value in given.items():
        element = schema().types[type_name].get(name)
        if element is None:
            raise ValueError(f"No such column '{name}' on sobject of type {type_name}")
        items = value if isinstance(value, list) else [value]
        nodes += [_element(element, item) for item in items if item is not None]
    return tuple(nodes)


def _element(element: Element, value: Any) -> Node:
    if element.type in schema().types:
        if not isinstance(value, Mapping):
            raise _bad_value(element, value)
        return Node(element.name, children=from_json(value, element.type))
    allowed = schema().enumerations.get(element.type)
    wrong_kind = isinstance(value, bool) is not (element.type == "boolean")
    if isinstance(value, Mapping | list) or wrong_kind or (allowed and value not in allowed):
        raise _bad_value(element, value)
    return leaf(element.name, value)


def _bad_value(element: Element, value: Any) -> ValueError:
    return ValueError(f"Cannot deserialize instance of {element.type} from value {value}")


def to_json(node: Node, type_name: str, *, whole: bool = False) -> dict[str, Any]:
    """Return a definition; elements that may be repeated are lists.

    With `whole` every element of the type is there, null when the definition has none.
    """
    result: dict[str, Any] = {}
    for element in schema().types[type_name].values():
        values = [_value(child, element, whole=whole) for child in node.all(element.name)]
        if values or whole:
            result[element.name] = values if element.repeated else next(iter(values), None)
    return result


def _value(node: Node, element: Element, *, whole: bool) -> Any:
    if element.type in schema().types:
        return to_json(node, element.type, whole=whole)
    if element.type == "boolean":
        return node.text.strip() in {"true", "1"}
    return int(node.text) if element.type == "int" else node.text
