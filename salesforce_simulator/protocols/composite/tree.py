"""POST /composite/tree/X: records with their children, all created or none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.rest.write_options import write_options
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.bodies import read_object, require_object
from salesforce_simulator.transport.context import in_thread, organisation, session
from salesforce_simulator.transport.errors import HttpError, row_error
from salesforce_simulator.transport.replies import json_reply

_MOST_RECORDS = 200
_MOST_TYPES = 5
_DEEPEST = 5


@dataclass(frozen=True)
class _Node:
    """A record of the tree; ``parent`` is the reference id of the record above it."""

    reference_id: str
    sobject_type: str
    values: dict[str, Any]
    depth: int
    parent: str | None
    link: str | None


class _RefusedError(Exception):
    """Leaves the transaction because records were refused."""


async def tree(request: web.Request) -> web.Response:
    """Create the trees of the body: 201 with the ids, or 400 with the errors of each record."""
    body = await read_object(request)
    records = body.get("records")
    if not isinstance(records, list) or not records:
        raise HttpError(400, "JSON_PARSER_ERROR", "records must be a list of records")
    nodes = await in_thread(request, _read_all, request, records)
    _check(nodes)
    ids, errors = await in_thread(request, _create, request, nodes)
    if errors:
        results: list[dict[str, Any]] = [
            {"referenceId": name, "errors": [row_error(error)]} for name, error in errors.items()
        ]
        return json_reply(request, {"hasErrors": True, "results": results}, status=400)
    results = [{"referenceId": name, "id": record_id} for name, record_id in ids.items()]
    return json_reply(request, {"hasErrors": False, "results": results}, status=201)


def _read_all(request: web.Request, records: list[Any]) -> list[_Node]:
    reader = _Reader(request)
    return [
        node
        for record in records
        for node in reader.read(require_object(record), 1, None, None, request.match_info["name"])
    ]


class _Reader:
    """Takes the trees of a body apart."""

    def __init__(self, request: web.Request) -> None:
        self._catalogue = organisation(request).catalogue_for(session(request))

    def read(
        self,
        record: Mapping[str, Any],
        depth: int,
        parent: str | None,
        link: str | None,
        expected: str,
    ) -> Iterator[_Node]:
        """Return a record and after it all those below it."""
        name, reference_id = _attributes(record)
        if name.lower() != expected.lower():
            raise _invalid(f"Record of type {name} does not fit the tree of type {expected}")
        if depth > _DEEPEST:
            raise _invalid(f"The tree is deeper than {_DEEPEST} levels")
        values = {key: value for key, value in record.items() if key != "attributes"}
        branches = {key: value for key, value in values.items() if _is_branch(value)}
        own = {key: value for key, value in values.items() if key not in branches}
        yield _Node(reference_id, name, own, depth, parent, link)
        links = self._children(name) if branches else {}
        for relationship, branch in branches.items():
            child = links.get(relationship.lower())
            if child is None:
                raise _no_relationship(relationship, name)
            for item in branch["records"]:
                yield from self.read(
                    require_object(item), depth + 1, reference_id, child[1], child[0]
                )

    def _children(self, name: str) -> dict[str, tuple[str, str]]:
        """Return child object and its field by the relationship's name in small letters."""
        return {
            link.name.lower(): (link.child, link.field)
            for link in self._catalogue.children(self._catalogue.get(name).name)
            if link.name
        }


def _is_branch(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("records"), list)


def _attributes(record: Mapping[str, Any]) -> tuple[str, str]:
    attributes = record.get("attributes")
    found = attributes if isinstance(attributes, dict) else {}
    name, reference_id = found.get("type"), found.get("referenceId")
    if not isinstance(name, str) or not isinstance(reference_id, str) or not reference_id:
        raise _invalid("Each record needs attributes with a type and a referenceId")
    return name, reference_id


def _check(nodes: list[_Node]) -> None:
    if len(nodes) > _MOST_RECORDS:
        message = (
            f"record limit reached. cannot submit more than {_MOST_RECORDS} records in this request"
        )
        raise HttpError(400, "EXCEEDED_ID_LIMIT", message)
    if len({node.sobject_type.lower() for node in nodes}) > _MOST_TYPES:
        raise _invalid(f"The trees have more than {_MOST_TYPES} types of records")
    if len({node.reference_id for node in nodes}) < len(nodes):
        raise _invalid("Duplicate ReferenceId provided in the request")


def _create(
    request: web.Request, nodes: list[_Node]
) -> tuple[dict[str, str], dict[str, SalesforceError]]:
    """Create parents before their children; return ids, or the errors and nothing created."""
    org, user, options = organisation(request), session(request), write_options(request)
    ids: dict[str, str] = {}
    errors: dict[str, SalesforceError] = {}
    try:
        with org.transaction():
            for node in nodes:
                if node.parent is not None and node.parent not in ids:
                    continue  # its parent was refused, and is told so
                values = node.values
                if node.parent is not None and node.link is not None:
                    values = {**values, node.link: ids[node.parent]}
                try:
                    ids[node.reference_id] = org.create(node.sobject_type, values, user, options)
                except SalesforceError as error:
                    errors[node.reference_id] = error
            if errors:
                raise _RefusedError  # noqa: TRY301 - it has to leave the transaction
    except _RefusedError:
        return {}, errors
    return ids, errors


def _invalid(message: str) -> HttpError:
    return HttpError(400, "INVALID_INPUT", message)


def _no_relationship(name: str, sobject_type: str) -> HttpError:
    message = f"No such relation '{name}' on sobject of type {sobject_type}"
    return HttpError(400, "INVALID_FIELD", message)


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [data("POST", "/composite/tree/{name}", tree)]
