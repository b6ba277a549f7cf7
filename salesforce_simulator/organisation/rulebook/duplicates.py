"""Find the records that a duplicate rule takes for the same as a new or changed one."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.errors import DuplicateError
from salesforce_simulator.organisation.rulebook.book import DuplicateRule
from salesforce_simulator.organisation.schema import quoted

_MOST_MATCHES = 100


def check_duplicates(
    connection: sqlite3.Connection,
    catalogue: Catalogue,
    rule: DuplicateRule,
    record: Mapping[str, Any],
    own_id: str | None,
) -> None:
    """Raise DuplicateError with the ids of the matches, per object that has any.

    `record` has the stored values after the change, by the fields' names.
    """
    matches = {}
    for name in rule.against or (rule.object,):
        sobject = catalogue.get(name)
        ids = sorted(set(_matches(connection, sobject, rule, record)) - {own_id})
        if ids:
            matches[name] = ids
    if matches:
        raise DuplicateError(
            rule.message,
            rule_name=rule.developer_name,
            entity_type=rule.object,
            allow_save=not rule.block,
            matches=matches,
        )


def _matches(
    connection: sqlite3.Connection, sobject: SObject, rule: DuplicateRule, record: Mapping[str, Any]
) -> Iterator[str]:
    for group in rule.matching:
        values = [record.get(name) for name in group]
        if all(sobject.has(name) for name in group) and None not in values:
            conditions = " AND ".join(f"{quoted(name)} = ? COLLATE NOCASE" for name in group)
            statement = " ".join(
                (
                    "SELECT Id FROM",
                    quoted(sobject.name),
                    f"WHERE {conditions} AND IsDeleted = 0 LIMIT {_MOST_MATCHES}",
                )
            )
            for (record_id,) in connection.execute(statement, values):
                yield record_id
