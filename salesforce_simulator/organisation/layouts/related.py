"""The related lists below a record."""

from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.catalogue.model import ChildRelationship


def related_lists(
    sobject: SObject, catalogue: Catalogue, content: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the related lists of a layout that name a relationship of the object.

    The Metadata API calls such a list by the relationship, or by child object and field.
    """
    links = {}
    for link in catalogue.children(sobject.name):
        links[f"{link.child}.{link.field}"] = link
        if link.name is not None:
            links[link.name] = links[f"Related{link.child}List"] = link
    wanted = (item for item in content.get("relatedLists", []) if item["relatedList"] in links)
    return [_list(catalogue, links[item["relatedList"]], item) for item in wanted]


def _list(catalogue: Catalogue, link: ChildRelationship, item: Mapping[str, Any]) -> dict[str, Any]:
    child = catalogue.get(link.child)
    names = [name for name in item.get("fields", []) if child.has(name)]
    return {
        "accessLevelRequiredForCreate": None,
        "buttons": [],
        "columns": [_column(child, name) for name in names],
        "custom": child.name.endswith("__c"),
        "field": f"{child.name}.{link.field}",
        "label": child.plural,
        "limitRows": 5,
        "name": link.name,
        "sobject": child.name,
        "sort": [],
    }


def _column(child: SObject, name: str) -> dict[str, Any]:
    field = child.by_name[name.lower()]
    return {
        "field": f"{child.name}.{field.name}",
        "fieldApiName": field.name,
        "format": field.type if field.type in {"date", "datetime", "currency"} else None,
        "label": field.label,
        "lookupId": None,
        "name": field.name,
        "sortable": field.sortable,
    }
