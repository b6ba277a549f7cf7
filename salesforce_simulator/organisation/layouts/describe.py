"""What the organisation tells clients about layouts; keys are those of DescribeLayoutResult."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.describe import describe_field, picklist_values
from salesforce_simulator.organisation.layouts.buttons import button_section
from salesforce_simulator.organisation.layouts.related import related_lists
from salesforce_simulator.organisation.layouts.store import Layout
from salesforce_simulator.organisation.record_types import RecordType

_COMPOUND_KINDS = {"Name": "personname"}
_WHO_AND_WHEN = {"CreatedById": "CreatedDate", "LastModifiedById": "LastModifiedDate"}


def describe_layouts(
    sobject: SObject,
    catalogue: Catalogue,
    record_types: Sequence[RecordType],
    layouts: Mapping[str, Layout],
    version: str,
) -> dict[str, Any]:
    """Return all layouts of an object and which record type has which.

    `layouts` are by record type id. With more than one record type there are no layouts in the
    answer: each has to be asked for.
    """
    base = f"/services/data/v{version}/sobjects/{sobject.name}/describe/layouts"
    several = len(record_types) > 1
    described = (
        None
        if several
        else [describe_layout(sobject, catalogue, each) for each in layouts.values()]
    )
    return {
        "layouts": described,
        "recordTypeMappings": [
            _mapping(sobject, each, layouts[each.id], base) for each in record_types
        ],
        "recordTypeSelectorRequired": [several],
    }


def _mapping(
    sobject: SObject, record_type: RecordType, layout: Layout, base: str
) -> dict[str, Any]:
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": record_type.is_default,
        "developerName": record_type.developer_name,
        "layoutId": layout.id,
        "master": record_type.is_master,
        "name": record_type.name,
        "picklistsForRecordType": [
            {"picklistName": field.name, "picklistValues": picklist_values(field)}
            for field in sobject.fields
            if field.type in {"picklist", "multipicklist"} and field.values
        ],
        "recordTypeId": record_type.id,
        "urls": {"layout": f"{base}/{record_type.id}"},
    }


def describe_layout(sobject: SObject, catalogue: Catalogue, layout: Layout) -> dict[str, Any]:
    """Return one layout with the fields of it that `sobject` has, as its user sees it."""
    sections = layout.content.get("layoutSections", [])
    return {
        "buttonLayoutSection": button_section(sobject, layout.content, layout.web_links),
        "detailLayoutSections": _sections(sobject, layout, sections, "detailHeading"),
        "editLayoutSections": _sections(sobject, layout, sections, "editHeading"),
        "feedView": None,
        "highlightsPanelLayoutSection": None,
        "id": layout.id,
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": {"relatedContentItems": []},
        "relatedLists": related_lists(sobject, catalogue, layout.content),
        "saveOptions": [],
    }


def _sections(
    sobject: SObject, layout: Layout, sections: Iterable[Mapping[str, Any]], heading: str
) -> list[dict[str, Any]]:
    tabs = iter(range(1, 10_000))
    described = (_section(sobject, layout, section, heading, tabs) for section in sections)
    return [section for section in described if section["layoutRows"]]


def _section(
    sobject: SObject,
    layout: Layout,
    section: Mapping[str, Any],
    heading: str,
    tabs: Iterable[int],
) -> dict[str, Any]:
    columns = [
        [item for item in column.get("layoutItems", []) if _is_visible(sobject, item)]
        for column in section.get("layoutColumns", [])
    ]
    rows = [[_item(sobject, item, tabs) for item in row] for row in zip_longest(*columns)]
    across = section.get("style") == "TwoColumnsLeftToRight"
    return {
        "collapsed": False,
        "columns": len(columns),
        "heading": section.get("label", ""),
        "layoutRows": [{"layoutItems": items, "numItems": len(items)} for items in rows],
        "layoutSectionId": None,
        "parentLayoutId": layout.id,
        "rows": len(rows),
        "tabOrder": "LeftToRight" if across else "TopToBottom",
        "useCollapsibleSection": bool(section.get(heading)),
        "useHeading": bool(section.get(heading)),
    }


def _is_visible(sobject: SObject, item: Mapping[str, Any]) -> bool:
    return "field" not in item or sobject.has(item["field"])


def _item(sobject: SObject, item: Mapping[str, Any] | None, tabs: Iterable[int]) -> dict[str, Any]:
    if item is None or "field" not in item:
        return _without_field(item or {}, tabs)
    field = sobject.by_name[item["field"].lower()]
    parts = _parts(sobject, field)
    behavior = item.get("behavior", "Edit")
    writable = behavior != "Readonly"
    return {
        "editableForNew": writable and any(part.createable for part in (field, *parts)),
        "editableForUpdate": writable and any(part.updateable for part in (field, *parts)),
        "label": _label(sobject, field),
        "layoutComponents": _components(sobject, field, parts, tabs),
        "placeholder": False,
        "required": behavior == "Required",
    }


def _without_field(item: Mapping[str, Any], tabs: Iterable[int]) -> dict[str, Any]:
    """Return an item of a page, a canvas or nothing."""
    components: list[dict[str, Any]] = []
    if "page" in item:
        components = [_plain("VisualforcePage", item["page"], tabs)]
    elif "canvas" in item:
        components = [_plain("Canvas", item["canvas"], tabs)]
    elif "customLink" in item:
        components = [_plain("CustomLink", item["customLink"], tabs)]
    elif item.get("emptySpace"):
        components = [_plain("EmptySpace", None, tabs)]
    return {
        "editableForNew": False,
        "editableForUpdate": False,
        "label": "",
        "layoutComponents": components,
        "placeholder": not components or components[0]["type"] == "EmptySpace",
        "required": False,
    }


def _components(
    sobject: SObject, field: Field, parts: Sequence[Field], tabs: Iterable[int]
) -> list[dict[str, Any]]:
    if parts:
        kind = _COMPOUND_KINDS.get(field.name, field.type)
        inner = [_field_component(part, tabs) for part in parts]
        return [{**_field_component(field, tabs), "components": inner, "fieldType": kind}]
    components = [_field_component(field, tabs)]
    when = sobject.field(_WHO_AND_WHEN.get(field.name, ""))
    if when is not None:
        components += [_plain("Separator", ", ", tabs), _field_component(when, tabs)]
    return components


def _parts(sobject: SObject, field: Field) -> Sequence[Field]:
    shown = (
        part
        for part in sobject.components(field.name)
        if part.type in {"string", "picklist", "textarea"}
    )
    return [part for part in shown if not part.name.endswith("GeocodeAccuracy")]


def _field_component(field: Field, tabs: Iterable[int]) -> dict[str, Any]:
    return {**_plain("Field", field.name, tabs), "details": describe_field(field)}


def _plain(kind: str, value: str | None, tabs: Iterable[int]) -> dict[str, Any]:
    return {"displayLines": 1, "tabOrder": next(iter(tabs)), "type": kind, "value": value}


def _label(sobject: SObject, field: Field) -> str:
    """Return what the page writes before a value; of a reference that is the record's name."""
    if field.name == "OwnerId":
        return f"{sobject.label} Owner"
    return field.label.removesuffix(" ID") if field.type == "reference" else field.label
