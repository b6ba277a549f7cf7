"""What administrators added to the organisation's objects: fields, and objects of their own.

A standard object is kept with its added fields alone, a custom one whole.
"""

from collections.abc import Iterable
from dataclasses import replace

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject, load_catalogue
from salesforce_simulator.organisation.catalogue.definition import dump_object, load_object
from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.schema import (
    change_column,
    create_table,
    create_tables,
    drop_column,
    index_object,
    quoted,
    unindex_field,
    unindex_object,
)


class Customisation:
    """The organisation's catalogue, and the one place where it changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.catalogue = self._read()
        with database.writer() as connection:
            create_tables(connection, self.catalogue)

    def _read(self) -> Catalogue:
        catalogue = load_catalogue()
        with self._database.reader() as connection:
            rows = connection.execute("SELECT definition FROM org_object").fetchall()
        for (definition,) in rows:
            kept = load_object(definition)
            standard = catalogue.find(kept.name)
            catalogue = catalogue.with_object(
                standard.with_fields(kept.fields) if standard else kept
            )
        return catalogue

    def put_fields(self, name: str, fields: Iterable[Field]) -> None:
        """Add fields to an object, or change those of the same names; NOT_FOUND without object."""
        fields = tuple(fields)
        sobject = self.catalogue.get(name).with_fields(fields)
        with self._database.writer() as connection:
            for field in fields:
                unindex_field(connection, sobject, field.name)
                if field.stored:
                    change_column(connection, sobject, field)
                else:
                    drop_column(connection, sobject, field.name)
            index_object(connection, sobject)
            self._keep(sobject)
        self.catalogue = self.catalogue.with_object(sobject)

    def remove_field(self, sobject_name: str, field_name: str) -> None:
        """Take a custom field away with its values; NOT_FOUND when there is none."""
        sobject = self.catalogue.get(sobject_name)
        field = sobject.field(field_name)
        if field is None or not field.custom:
            raise not_found()
        sobject = replace(sobject, fields=tuple(item for item in sobject.fields if item != field))
        with self._database.writer() as connection:
            unindex_field(connection, sobject, field.name)
            drop_column(connection, sobject, field.name)
            grant = f"{sobject.name}.{field.name}"
            connection.execute("DELETE FROM FieldPermissions WHERE Field = ?", (grant,))
            self._keep(sobject)
        self.catalogue = self.catalogue.with_object(sobject)

    def put_object(self, sobject: SObject) -> None:
        """Add a custom object, or change the one of its name."""
        with self._database.writer() as connection:
            create_table(connection, sobject)
            self._keep(sobject)
        self.catalogue = self.catalogue.with_object(sobject)
        self.put_fields(sobject.name, sobject.fields)

    def remove_object(self, name: str) -> None:
        """Take a custom object away with its records; NOT_FOUND when there is none."""
        sobject = self.catalogue.get(name)
        if not sobject.custom:
            raise not_found()
        with self._database.writer() as connection:
            connection.execute(f"DROP TABLE {quoted(sobject.name)}")
            connection.execute("DELETE FROM org_object WHERE name = ?", (sobject.name,))
        self.catalogue = self.catalogue.without_object(sobject.name)

    def rename_object(self, name: str, new_name: str) -> None:
        """Give a custom object another name, in the lookups to it too; NOT_FOUND without object."""
        sobject = self.catalogue.get(name)
        if not sobject.custom:
            raise not_found()
        renamed = replace(sobject, name=new_name)
        with self._database.writer() as connection:
            unindex_object(connection, sobject)
            connection.execute(f"ALTER TABLE {quoted(sobject.name)} RENAME TO {quoted(new_name)}")
            connection.execute("DELETE FROM org_object WHERE name = ?", (sobject.name,))
            index_object(connection, renamed)
            self._keep(renamed)
        self.catalogue = self.catalogue.without_object(sobject.name).with_object(renamed)
        for child in list(self.catalogue):
            lookups = [field for field in child.fields if sobject.name in field.reference_to]
            if lookups:
                self.put_fields(
                    child.name, (_led_to(field, sobject.name, new_name) for field in lookups)
                )

    def _keep(self, sobject: SObject) -> None:
        standard = load_catalogue().find(sobject.name)
        added = sobject.fields
        if standard is not None:
            added = tuple(field for field in added if standard.field(field.name) != field)
        kept = replace(sobject, fields=added)
        with self._database.writer() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO org_object VALUES (?, ?)", (kept.name, dump_object(kept))
            )


def _led_to(field: Field, old: str, new: str) -> Field:
    """Return a lookup that leads to a parent of another name."""
    return replace(
        field,
        reference_to=tuple(new if parent == old else parent for parent in field.reference_to),
        child_names=tuple((new if p == old else p, child) for p, child in field.child_names),
        cascades=tuple(new if parent == old else parent for parent in field.cascades),
    )
