"""Custom fields: they become fields of the catalogue and columns of the object's table."""

import sqlite3
from collections.abc import Iterator

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.custom_fields import compiled, read_field
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace
from salesforce_simulator.organisation.schema import quoted

_TEXTS = frozenset({"string", "textarea", "email", "phone", "url", "picklist", "multipicklist"})
_NUMBERS = NUMBERS - {"int"}


class FieldHandler(Handler):
    """Adds, changes and removes custom fields."""

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Add a field or change it, then compile again the formulas that may refer to it."""
        definition = component.definition
        sobject = _sobject(work, component.full_name)
        name = definition.get("fullName").strip()
        if sobject.has(name) and not name.endswith("__c"):
            return None  # a standard field: what the file says about it is kept, and no more
        field = read_field(definition, sobject, work.catalogue)
        before = sobject.field(field.name)
        if before is not None:
            _check_change(before, field, definition)
        try:
            work.customisation.put_fields(sobject.name, [field])
        except sqlite3.IntegrityError as error:
            message = f"duplicate value found: {field.name} has duplicate values"
            raise ComponentError(message, definition.line, definition.column) from error
        if field.formula is not None:
            _try_out(work, sobject, field)
        if before is not None:
            compile_formulas(work, field.name)
        return None

    def remove(self, work: Workspace, full_name: str) -> None:
        """Remove a field with its values and the permissions on it."""
        sobject = _sobject(work, full_name)
        field = sobject.field(full_name.partition(".")[2])
        if field is None:
            return
        work.customisation.remove_field(sobject.name, field.name)
        try:
            compile_formulas(work, field.name)
        except ComponentError as error:
            message = "This custom field is referenced elsewhere in salesforce.com."
            raise ComponentError(f"{message} : Formula Field") from error
        work.connection.execute(
            "DELETE FROM FieldPermissions WHERE Field = ? COLLATE NOCASE",
            (f"{sobject.name}.{field.name}",),
        )


def _try_out(work: Workspace, sobject: SObject, field: Field) -> None:
    """Let the database read a formula, which may be too deep for it."""
    sql = (field.formula or "").replace("{t}", "t")
    statement = f"EXPLAIN SELECT {sql} FROM {quoted(sobject.name)} t"  # noqa: S608 - compiled here
    try:
        work.connection.execute(statement)
    except sqlite3.OperationalError as error:
        message = f"Compiled formula is too big to execute ({len(sql):,} characters)."
        raise ComponentError(message) from error


def _sobject(work: Workspace, full_name: str) -> SObject:
    name = full_name.partition(".")[0]
    sobject = work.catalogue.find(name)
    if sobject is None:
        raise ComponentError(f"Entity of type 'CustomObject' named '{name}' cannot be found")
    return sobject


def _check_change(before: Field, after: Field, definition: Node) -> None:
    """Refuse changes of a field's type that would lose its values."""
    problem = None
    if after.formula_source is not None and before.formula_source is None:
        problem = "Cannot update a field to a Formula from something else"
    elif after.formula_source is None and before.formula_source is not None:
        problem = "Cannot update a field from a Formula to something else"
    elif before.type != after.type and not _convertible(before, after):
        problem = f"Cannot change type of field {before.name} from {before.type} to {after.type}"
    elif before.type == "reference" and before.reference_to != after.reference_to:
        problem = "Cannot update referenceTo"
    if problem is not None:
        raise ComponentError(problem, definition.line, definition.column)


def _convertible(before: Field, after: Field) -> bool:
    formulas = before.formula_source is not None and after.formula_source is not None
    return formulas or any({before.type, after.type} <= kinds for kinds in (_TEXTS, _NUMBERS))


def compile_formulas(work: Workspace, name: str) -> None:
    """Compile every formula whose text names a field, and in turn those that name these."""
    for sobject, field in _formulas_with(work, name):
        anew = compiled(field, sobject, work.catalogue)
        if anew.formula != field.formula:
            work.customisation.put_fields(sobject.name, [anew])
            compile_formulas(work, field.name)


def _formulas_with(work: Workspace, name: str) -> Iterator[tuple[SObject, Field]]:
    for sobject in list(work.catalogue):
        for field in sobject.fields:
            source = field.formula_source
            if field.custom and source is not None and name.lower() in source.lower():
                yield work.catalogue.get(sobject.name), field
