"""SOQL over the Tooling API's objects: their records are put into a database of the moment."""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata.json_form import to_json
from salesforce_simulator.organisation.organisation import Organisation, Session
from salesforce_simulator.organisation.schema import create_tables, quoted
from salesforce_simulator.protocols.tooling.rows import Row, Rows
from salesforce_simulator.protocols.tooling.tables import tooling_catalogue
from salesforce_simulator.soql.query import run_query

_ONE_ROW = ("FullName", "Metadata")


def tooling_query(
    organisation: Organisation, session: Session, soql: str, version: str
) -> dict[str, Any]:
    """Return the answer to a query in the Tooling API's form.

    FullName and Metadata can be read of one record at a time: MALFORMED_QUERY otherwise.
    """
    catalogue = tooling_catalogue()
    with TemporaryDirectory() as directory:
        database = Database(Path(directory) / "tooling.sqlite3")
        try:
            _fill(database, _named(soql), Rows(organisation, session))
            result = run_query(
                database,
                catalogue,
                soql,
                now=organisation.now(),
                time_zone=session.user["TimeZoneSidKey"],
                user_id=session.user_id,
            )
            total, records = result.total_size, list(result.records(version))
        finally:
            database.close()
    for record in records:
        _complete(organisation, session, record, total)
    return {
        "size": len(records),
        "totalSize": total,
        "done": True,
        "queryLocator": None,
        "entityTypeName": result.sobject_type,
        "records": records,
    }


def _named(soql: str) -> list[SObject]:
    """Return the objects whose names stand in the text, and those above them."""
    words = {word.lower() for word in re.findall(r"\w+", soql)}
    named = [each for each in tooling_catalogue() if each.name.lower() in words]
    if any(field.reference_to for each in named for field in each.fields):
        named.append(tooling_catalogue().get("EntityDefinition"))
    return named


def _fill(database: Database, sobjects: Sequence[SObject], rows: Rows) -> None:
    with database.writer() as connection:
        create_tables(connection, tooling_catalogue())
        for sobject in dict.fromkeys(sobjects):
            names = [field.name for field in sobject.fields]
            columns = ", ".join(map(quoted, names))
            marks = ", ".join("?" * len(names))
            connection.executemany(
                f"INSERT INTO {quoted(sobject.name)} ({columns}) VALUES ({marks})",  # noqa: S608 - names of our tables
                [_values(sobject, row) for row in rows.of(sobject.name)],
            )


def _values(sobject: SObject, row: Row) -> list[Any]:
    return [
        bool(row.get(field.name)) if field.type == "boolean" else row.get(field.name)
        for field in sobject.fields
    ]


def _complete(
    organisation: Organisation, session: Session, record: dict[str, Any], total: int
) -> None:
    """Put the definition in place of its name, and correct the paths."""
    if total > 1 and any(name in record for name in _ONE_ROW):
        raise SalesforceError(
            "MALFORMED_QUERY",
            "When retrieving results with Metadata or FullName fields, the query qualifications"
            f" must specify no more than one row for retrieval. Result size: {total}",
        )
    for value in (record, *record.values()):
        if isinstance(value, dict) and "url" in value.get("attributes", {}):
            attributes = value["attributes"]
            attributes["url"] = attributes["url"].replace("/sobjects/", "/tooling/sobjects/")
    if record.get("Metadata"):
        type_name, _, full_name = record["Metadata"].partition(" ")
        (component,) = organisation.metadata.read(session, type_name, [full_name])
        definition = to_json(component.definition, type_name, whole=True) if component else {}
        definition.pop("fullName", None)
        record["Metadata"] = definition
