"""Friendly URLs: ``.../Contact/ID/Account`` is a parent, ``.../Account/ID/Contacts`` children."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.protocols.routing import version_of
from salesforce_simulator.transport.context import organisation, session


@dataclass(frozen=True)
class Related:
    """What a friendly URL leads to: one record of an object, or a query for children."""

    sobject_type: str
    record_id: str
    soql: str | None = None


def is_friendly(request: web.Request) -> bool:
    """Tell whether a path like ``X/A/B`` means the relationship B of the record A.

    Otherwise A is the name of a field and B its value.
    """
    sobject = _catalogue(request).find(request.match_info["name"])
    field = request.match_info["field"]
    record_id = normalise_id(field)
    if sobject is None or record_id is None or sobject.has(field):
        return False
    return record_id.startswith(sobject.prefix)


def follow(request: web.Request) -> Related:
    """Follow the relationships of the path one after the other.

    Raises NOT_FOUND for a relationship that does not exist or leads nowhere, and for anything
    after children.
    """
    catalogue = _catalogue(request)
    sobject = catalogue.get(request.match_info["name"])
    found = Related(sobject.name, request.match_info["field"])
    for name in request.match_info["value"].strip("/").split("/"):
        if found.soql is not None:
            raise not_found()
        found = _step(request, catalogue, catalogue.get(found.sobject_type), found.record_id, name)
    return found


def _step(
    request: web.Request, catalogue: Catalogue, sobject: SObject, record_id: str, name: str
) -> Related:
    child = _children_query(request, catalogue, sobject, record_id, name)
    if child is not None:
        return child
    field = sobject.by_relationship.get(name.lower())
    if field is None:
        raise not_found()
    record = organisation(request).get(
        sobject.name, record_id, session(request), [field.name], version_of(request)
    )
    parent_id = record[field.name]
    parent = catalogue.of_id(parent_id) if parent_id else None
    if parent is None:
        raise not_found()
    return Related(parent.name, parent_id)


def _children_query(
    request: web.Request, catalogue: Catalogue, sobject: SObject, record_id: str, name: str
) -> Related | None:
    for link in catalogue.children(sobject.name):
        if link.name is not None and link.name.lower() == name.lower():
            # The record itself has to be there, whatever its children are.
            organisation(request).get(
                sobject.name, record_id, session(request), ["Id"], version_of(request)
            )
            child = catalogue.get(link.child)
            fields = ", ".join(_fields(request, child))
            condition = f"{link.field} = '{normalise_id(record_id)}'"
            soql = f"SELECT {fields} FROM {child.name} WHERE {condition}"  # noqa: S608 - SOQL
            return Related(child.name, "", soql)
    return None


def _fields(request: web.Request, sobject: SObject) -> Sequence[str]:
    wanted = request.query.get("fields")
    if wanted:
        return [name.strip() for name in wanted.split(",")]
    return [field.name for field in sobject.fields]


def _catalogue(request: web.Request) -> Catalogue:
    return organisation(request).catalogue_for(session(request))
