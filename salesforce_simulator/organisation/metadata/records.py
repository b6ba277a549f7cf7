"""Single components: created, read, changed, deleted and listed at once, without a package."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata import saving, schema, types
from salesforce_simulator.organisation.metadata.components import Component, with_children
from salesforce_simulator.organisation.metadata.handlers.objects import rename
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.reading import Reader
from salesforce_simulator.organisation.metadata.results import FileProperties, SaveOutcome
from salesforce_simulator.organisation.metadata.workspace import Workspace
from salesforce_simulator.organisation.metadata.workspaces import Workspaces
from salesforce_simulator.organisation.session import Session

_MOST_QUERIES = 3
_MOST_RECORDS = 10
_MISSING = "INVALID_CROSS_REFERENCE_KEY"

T = TypeVar("T")


class Records:
    """The calls that take or give components themselves."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    def list(
        self, session: Session, queries: Sequence[tuple[str, str | None]]
    ) -> list[FileProperties]:
        """Return what there is of up to three types, each with a folder or None."""
        if len(queries) > _MOST_QUERIES:
            message = f"listMetadata: at most {_MOST_QUERIES} queries in one call"
            raise SalesforceError("LIMIT_EXCEEDED", message)
        with self._workspaces.open(session.user_id) as work:
            reader = Reader(work)
            return [each for query in queries for each in _listed(reader, *query)]

    def read(
        self, session: Session, type_name: str, names: Sequence[str]
    ) -> Sequence[Component | None]:
        """Return components by name, None where there is none."""
        _check(type_name, names)
        with self._workspaces.open(session.user_id) as work:
            reader = Reader(work)
            return [reader.whole(type_name, name) for name in names]

    def save(
        self, session: Session, components: Sequence[Component], *, create: bool, update: bool
    ) -> Sequence[SaveOutcome]:
        """Create components, change them, or whichever fits; each stands for itself."""
        for component in components:
            _check(component.type, components)

        def save_one(work: Workspace, component: Component) -> SaveOutcome:
            name = component.full_name
            exists = work.exists(component.type, name)
            if exists and not update:
                message = f"There is already a {component.type} named {name}."
                return SaveOutcome(name, False, code="DUPLICATE_DEVELOPER_NAME", message=message)
            if not exists and not create:
                return _not_found(component.type, name)
            if component.type in schema.schema().types:
                schema.check(component.definition, component.type)
            if not name:
                raise ComponentError("Required field is missing: fullName")
            with work.savepoint():
                saved, *_ = [saving.save(work, part) for part in _parts(component)]
            return SaveOutcome(name, created=saved.created, id=saved.id)

        return self._each(session, components, save_one, lambda component: component.full_name)

    def rename(self, session: Session, type_name: str, old: str, new: str) -> SaveOutcome:
        """Rename a custom object; components of other types keep their names here."""
        if type_name != "CustomObject":
            message = f"Components of type {type_name} cannot be renamed in this organisation"
            raise SalesforceError("INVALID_TYPE", message)

        def rename_one(work: Workspace, name: str) -> SaveOutcome:
            with work.savepoint():
                rename(work, name, new)
            return SaveOutcome(new)

        return self._each(session, [old], rename_one, str)[0]

    def delete(
        self, session: Session, type_name: str, names: Sequence[str]
    ) -> Sequence[SaveOutcome]:
        """Delete components by name; each stands for itself."""
        _check(type_name, names)

        def delete_one(work: Workspace, name: str) -> SaveOutcome:
            removed = saving.remove(work, type_name, name)
            return SaveOutcome(name) if removed else _not_found(type_name, name)

        return self._each(session, names, delete_one, str)

    def _each(
        self,
        session: Session,
        items: Sequence[T],
        do: Callable[[Workspace, T], SaveOutcome],
        name_of: Callable[[T], str],
    ) -> Sequence[SaveOutcome]:
        outcomes = []
        with self._workspaces.open(session.user_id) as work:
            for item in items:
                try:
                    outcomes.append(do(work, item))
                except ComponentError as error:
                    code = "FIELD_INTEGRITY_EXCEPTION"
                    outcomes.append(
                        SaveOutcome(name_of(item), False, code=code, message=error.problem)
                    )
        return outcomes


def _parts(component: Component) -> Iterator[Component]:
    """Return an object and its children one by one; another component is one."""
    return with_children(component) if component.type == "CustomObject" else iter((component,))


def _not_found(type_name: str, name: str) -> SaveOutcome:
    message = f"no {type_name} named {name} found"
    return SaveOutcome(name, False, code=_MISSING, message=message)


def _check(type_name: str, items: Sequence[object]) -> None:
    if not types.is_type(type_name):
        raise SalesforceError("INVALID_TYPE", f"Unknown type:{type_name}")
    if len(items) > _MOST_RECORDS:
        message = f"record limit reached. cannot submit more than {_MOST_RECORDS} records"
        raise SalesforceError("EXCEEDED_ID_LIMIT", f"{message} into this operation")


def _listed(reader: Reader, type_name: str, folder: str | None) -> list[FileProperties]:
    """Return a type's components; of types with folders those in one, or the folders."""
    folders = {kind.folder_type: kind.name for kind in types.component_types().values()}
    kind = folders.get(type_name) if type_name.endswith("Folder") else type_name
    if kind is None or not types.is_type(kind):
        raise SalesforceError("INVALID_TYPE", f"Unknown type:{type_name}")
    foldered = kind in types.component_types() and types.component_types()[kind].folder_type
    if foldered and kind == type_name and folder is None:
        return []
    found = [reader.find(kind, name) for name in reader.names(kind, folder)]
    only_folders = kind != type_name
    return [
        reader.properties(component)
        for component in found
        if component is not None and not (only_folders and "/" in component.full_name)
    ]
