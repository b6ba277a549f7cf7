"""Records as sObject elements: those that clients send, and those that they get."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.soap.data.markup import Markup, element, join, typed
from salesforce_simulator.protocols.soap.envelope import local_name

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL, _TYPE = f"{_INSTANCE}nil", f"{_INSTANCE}type"
_UNTYPED = "sObject"
_ADDRESS = (
    "latitude", "longitude", "city", "country", "countryCode", "geocodeAccuracy",
    "postalCode", "state", "stateCode", "street",
)  # fmt: skip


def read_sobject(item: Element) -> tuple[str, dict[str, object]]:
    """Return type and values of an sObject; the fields to null are there with None.

    The type stands in its first element, or in the enterprise API in `xsi:type`.
    A nil or empty element changes nothing. A nested sObject names a parent by an
    external id. INVALID_TYPE when there is no type.
    """
    name: str | None = None
    values: dict[str, object] = {}
    nulls: list[str] = []
    for child in item:
        tag, text = local_name(child), child.text
        if child.get(_NIL) in {"true", "1"}:
            continue
        if len(child):
            parent_type, parent = read_sobject(child)
            values[tag] = {"attributes": {"type": parent_type}, **parent}
        elif tag == "type" and name is None:
            name = text
        elif tag == "fieldsToNull":
            nulls.append(text or "")
        elif text:
            values[tag] = text
    typed_as = item.get(_TYPE, _UNTYPED).rpartition(":")[2]
    if name is None and typed_as != _UNTYPED:
        name = typed_as
    if not name:
        raise SalesforceError("INVALID_TYPE", "sObject type must be specified")
    return name, {**values, **dict.fromkeys(nulls)}


def write_sobject(tag: str, record: Mapping[str, Any]) -> Markup:
    """Return a record as REST shows it as an sObject: type, Id, then the fields asked for.

    The id comes twice when it was asked for, as in Salesforce's own answers.
    """
    fields = {name: value for name, value in record.items() if name != "attributes"}
    kind = str(record["attributes"]["type"])
    field = typed_field if kind == "AggregateResult" else write_field
    inner = join(
        (
            element("sf:type", kind),
            element("sf:Id", fields.get("Id")),
            *(field(name, value) for name, value in fields.items()),
        )
    )
    return element(tag, inner, ' xsi:type="sf:sObject"')


def typed_field(name: str, value: Any) -> Markup:
    """Return a value of an aggregate, which no object describes, with its type."""
    return typed(f"sf:{name}", value)


def write_field(name: str, value: Any) -> Markup:
    """Return a field's value, a parent, an address, or the result of a sub-query."""
    tag = f"sf:{name}"
    if not isinstance(value, Mapping):
        return element(tag, value)
    if "attributes" in value:
        return write_sobject(tag, value)
    if "records" in value:
        return element(tag, query_result(value["records"], None, size=value["totalSize"]),
                       ' xsi:type="QueryResult"')  # fmt: skip
    parts = {part: value.get(part) for part in _ADDRESS}
    return element(tag, parts, ' xsi:type="address"')


def query_result(records: list[dict[str, Any]], locator: str | None, *, size: int) -> Markup:
    """Return the inside of a QueryResult; without a locator it is done."""
    return join(
        (
            element("done", locator is None),
            element("queryLocator", locator),
            *(write_sobject("records", record) for record in records),
            element("size", size),
        )
    )
