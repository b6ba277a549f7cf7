"""The components that the organisation keeps, as they were deployed."""

import sqlite3
from dataclasses import dataclass

from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.metadata import types
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.nodes import read_xml, write_xml

_TABLE = """
CREATE TABLE IF NOT EXISTS org_component (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    full_name TEXT NOT NULL COLLATE NOCASE,
    id TEXT NOT NULL,
    file_name TEXT NOT NULL,
    definition BLOB NOT NULL,
    content BLOB,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    modified_by TEXT NOT NULL,
    UNIQUE (type, full_name)
);
"""
_COLUMNS = (
    "id, type, full_name, file_name, definition, content,"
    " created_at, created_by, modified_at, modified_by"
)


@dataclass(frozen=True)
class Kept:
    """A component with its id, and who made and changed it when."""

    id: str
    component: Component
    created_at: str
    created_by: str
    modified_at: str
    modified_by: str


class ComponentStore:
    """Components by type and name; works inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @staticmethod
    def create_table(connection: sqlite3.Connection) -> None:
        """Create the table when it is not there."""
        connection.execute(_TABLE)

    def find(self, type_name: str, full_name: str) -> Kept | None:
        """Return a component, or None."""
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM org_component WHERE type = ? AND full_name = ?",  # noqa: S608 - constants
            (type_name, full_name),
        ).fetchone()
        return None if row is None else _kept(row)

    def names(self, type_name: str) -> list[str]:
        """Return the names of a type's components, in their order."""
        rows = self._connection.execute(
            "SELECT full_name FROM org_component WHERE type = ? ORDER BY full_name", (type_name,)
        )
        return [row[0] for row in rows]

    def put(
        self, component: Component, user_id: str, stamp: str, record_id: str | None = None
    ) -> str:
        """Add a component or change it, and return its id; `record_id` is that of its record."""
        found = self.find(component.type, component.full_name)
        definition = write_xml(component.definition)
        if found is not None:
            self._connection.execute(
                "UPDATE org_component SET file_name = ?, definition = ?, content = ?,"
                " modified_at = ?, modified_by = ? WHERE id = ? AND type = ?",
                (
                    component.file_name, definition, component.content,
                    stamp, user_id, found.id, component.type,
                ),
            )  # fmt: skip
            return found.id
        cursor = self._connection.execute(
            "INSERT INTO org_component (type, full_name, id, file_name, definition, content,"
            " created_at, created_by, modified_at, modified_by)"
            " VALUES (?, ?, '', ?, ?, ?, ?, ?, ?, ?)",
            (
                component.type, component.full_name, component.file_name, definition,
                component.content, stamp, user_id, stamp, user_id,
            ),
        )  # fmt: skip
        number = cursor.lastrowid or 0
        component_id = record_id or make_id(types.prefix_of(component.type), number)
        self._connection.execute(
            "UPDATE org_component SET id = ? WHERE number = ?", (component_id, number)
        )
        return component_id

    def remove(self, type_name: str, full_name: str) -> None:
        """Forget a component; one that is not there is no error."""
        self._connection.execute(
            "DELETE FROM org_component WHERE type = ? AND full_name = ?", (type_name, full_name)
        )

    def rename_object(self, old: str, new: str) -> None:
        """Give an object, and all that belongs to it, another name."""
        children = [(kind, name) for kind in types.child_types() for name in self.names(kind)]
        pairs = [(kind, name) for kind, name in children if name.partition(".")[0] == old]
        for kind, name in (("CustomObject", old), *pairs):
            self._connection.execute(
                "UPDATE org_component SET full_name = ?, file_name = ?"
                " WHERE type = ? AND full_name = ?",
                (new + name[len(old) :], f"objects/{new}.object", kind, name),
            )

    def remove_children(self, sobject_name: str) -> None:
        """Forget all that belongs to an object."""
        self._connection.execute(
            "DELETE FROM org_component WHERE full_name LIKE ? ESCAPE '\\' AND type IN"
            " (SELECT value FROM json_each(?))",
            (
                sobject_name.replace("_", "\\_") + ".%",
                "[" + ",".join(f'"{kind}"' for kind in types.child_types()) + "]",
            ),
        )


def _kept(row: tuple[str, str, str, str, bytes, bytes | None, str, str, str, str]) -> Kept:
    component_id, kind, full_name, file_name, definition, content, *stamps = row
    component = Component(kind, full_name, file_name, read_xml(definition), content)
    return Kept(component_id, component, *stamps)
