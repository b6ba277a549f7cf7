"""The layouts of an organisation, kept in its database."""

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.layouts.standard import standard_layout

PREFIX = "00h"
_TABLES = """
CREATE TABLE IF NOT EXISTS org_layout (
    number INTEGER PRIMARY KEY,
    sobject TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (sobject, name)
);
CREATE TABLE IF NOT EXISTS org_layout_assignment (
    record_type_id TEXT NOT NULL,
    sobject TEXT NOT NULL COLLATE NOCASE,
    layout INTEGER NOT NULL,
    PRIMARY KEY (sobject, record_type_id)
);
"""


@dataclass(frozen=True)
class Layout:
    """One layout; `content` is a Layout of the Metadata API as JSON, without its full name.

    Its keys are `layoutSections` (each with `label`, `detailHeading`, `editHeading`, `style` and
    `layoutColumns` of `layoutItems`), `customButtons`, `excludeButtons` and `relatedLists`.
    `web_links` are the object's buttons by name, each a WebLink of the Metadata API as JSON.
    """

    sobject: str
    name: str
    content: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    web_links: dict[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Return the name that the Metadata API knows it by, such as `Lead-Lead Layout`."""
        return f"{self.sobject}-{self.name}"


class Layouts:
    """All layouts by object. An object's standard layout is made when it is first asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writer() as connection:
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.execute(statement)

    def of(self, sobject: SObject) -> list[Layout]:
        """Return the layouts of an object, the oldest first; there is always one."""
        with self._database.reader() as connection:
            found = _read(connection, "sobject = ?", sobject.name)
        if found:
            return found
        self.put(Layout(sobject.name, f"{sobject.label} Layout", standard_layout(sobject)))
        return self.of(sobject)

    def find(self, sobject: SObject, name: str) -> Layout | None:
        """Return the layout of that name, in any case, or None."""
        return next((each for each in self.of(sobject) if each.name.lower() == name.lower()), None)

    def put(self, layout: Layout) -> Layout:
        """Add a layout, or replace the content of its namesake; return it with its id."""
        with self._database.writer() as connection:
            connection.execute(
                "INSERT INTO org_layout (sobject, name, content) VALUES (?, ?, ?)"
                " ON CONFLICT (sobject, name) DO UPDATE SET content = excluded.content",
                (layout.sobject, layout.name, json.dumps(layout.content)),
            )
            return _read(connection, "sobject = ? AND name = ?", layout.sobject, layout.name)[0]

    def remove(self, layout: Layout) -> None:
        """Take a layout away; records that it was assigned to show the oldest one left."""
        with self._database.writer() as connection:
            connection.execute(
                "DELETE FROM org_layout_assignment WHERE layout IN"
                " (SELECT number FROM org_layout WHERE sobject = ? AND name = ?)",
                (layout.sobject, layout.name),
            )
            connection.execute(
                "DELETE FROM org_layout WHERE sobject = ? AND name = ?",
                (layout.sobject, layout.name),
            )

    def assign(self, layout: Layout, record_type_id: str) -> None:
        """Let the records of a record type be shown with a layout that was put."""
        with self._database.writer() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO org_layout_assignment (sobject, record_type_id, layout)"
                " SELECT sobject, ?, number FROM org_layout WHERE sobject = ? AND name = ?",
                (record_type_id, layout.sobject, layout.name),
            )

    def assigned(self, sobject: SObject, record_type_id: str) -> Layout:
        """Return the layout that shows the records of a record type."""
        with self._database.reader() as connection:
            found = _read(
                connection,
                "number = (SELECT layout FROM org_layout_assignment"
                " WHERE sobject = ? AND record_type_id = ?)",
                sobject.name,
                record_type_id,
            )
        return found[0] if found else self.of(sobject)[0]


def _read(connection: sqlite3.Connection, condition: str, *values: str) -> list[Layout]:
    rows = connection.execute(
        f"SELECT sobject, name, content, number FROM org_layout WHERE {condition} ORDER BY number",  # noqa: S608 - conditions of this module
        values,
    )
    return [
        Layout(sobject, name, json.loads(content), make_id(PREFIX, number))
        for sobject, name, content, number in rows
    ]
