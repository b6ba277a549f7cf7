"""Runs a search: looks through the objects' texts, then reads what was found with SOQL."""

from collections.abc import Callable, Iterator
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.result import QueryResult
from salesforce_simulator.sosl.statement import Returning, Search, parse
from salesforce_simulator.sosl.words import Match, matcher, words_of

MOST_RECORDS = 2_000
_SEARCHABLE = "search"
_TEXTS = frozenset({"email", "phone", "string", "textarea", "url"})

Query = Callable[[str], QueryResult]


def run_search(catalogue: Catalogue, query: Query, text: str, version: str) -> list[dict[str, Any]]:
    """Return the records that a search finds, object by object, as REST shows them.

    `catalogue` holds what the user sees, `query` runs SOQL in his name. Raises
    MALFORMED_SEARCH, INVALID_SEARCH, INVALID_TYPE, and what SOQL raises.
    """
    search = parse(text)
    match = matcher(search.term)
    returning = search.returning or tuple(
        Returning(sobject.name) for sobject in catalogue if _SEARCHABLE in sobject.abilities
    )
    most = MOST_RECORDS if search.limit is None else min(search.limit, MOST_RECORDS)
    records: list[dict[str, Any]] = []
    for part in returning:
        sobject = _sobject(catalogue, part.sobject)
        records += _records(
            sobject, part, _ids(sobject, search, part, query, match), query, version
        )
    return records[:most]


def _sobject(catalogue: Catalogue, name: str) -> SObject:
    sobject = catalogue.find(name)
    if sobject is None or _SEARCHABLE not in sobject.abilities:
        raise SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return sobject


def _ids(
    sobject: SObject, search: Search, part: Returning, query: Query, match: Match
) -> Iterator[str]:
    """Return the ids of the records with the words; those that WHERE leaves out are not read."""
    names = _fields(sobject, search.group)
    if not names:
        return
    where = f" WHERE {part.where}" if part.where else ""
    found = query(f"SELECT Id, {', '.join(names)} FROM {sobject.name}{where}")  # noqa: S608 - SOQL
    for record_id, *values in found.rows():
        if match([words_of(value) for value in values if value]):
            yield record_id


def _fields(sobject: SObject, group: str) -> list[str]:
    """Return the names of the fields to look into: all texts, or those of one kind."""
    texts = [field for field in sobject.fields if field.type in _TEXTS]
    if group in {"EMAIL", "PHONE"}:
        texts = [field for field in texts if field.type == group.lower()]
    if group == "NAME":
        texts = [field for field in texts if field.is_name]
    return [field.name for field in texts]


def _records(
    sobject: SObject, part: Returning, ids: Iterator[str], query: Query, version: str
) -> list[dict[str, Any]]:
    found = [f"'{record_id}'" for record_id, _ in zip(ids, range(MOST_RECORDS), strict=False)]
    # Where nothing was found, what is wrong with the fields is told all the same.
    where = f"WHERE Id IN ({', '.join(found)})" if found else "WHERE Id = null"
    result = query(f"SELECT {part.fields} FROM {sobject.name} {where} {part.tail}")  # noqa: S608 - SOQL
    return list(result.records(version))
