"""What the organisation holds, as retrievals, lists and reads give it."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from salesforce_simulator.organisation.metadata import types
from salesforce_simulator.organisation.metadata.components import (
    Component,
    file_name_of,
    join_object,
    write_files,
)
from salesforce_simulator.organisation.metadata.handlers import handler_of
from salesforce_simulator.organisation.metadata.nodes import Node, leaf, write_xml
from salesforce_simulator.organisation.metadata.package import MANIFEST
from salesforce_simulator.organisation.metadata.results import FileProperties, RetrieveRequest
from salesforce_simulator.organisation.metadata.store import Kept
from salesforce_simulator.organisation.metadata.workspace import Workspace

_FOLDER = "unpackaged/"


class Reader:
    """Reads components inside a workspace."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._users: dict[str, str] = {}

    def find(self, type_name: str, full_name: str) -> Component | None:
        """Return a component as it is in force, or None."""
        definition = handler_of(type_name).current(self._work, type_name, full_name)
        if definition is None:
            return None
        kept = self._work.store.find(type_name, full_name)
        name = kept.component.full_name if kept else full_name
        is_folder = definition.name.endswith("Folder")
        path = (
            kept.component.file_name if kept else file_name_of(type_name, name, is_folder=is_folder)
        )
        content = kept.component.content if kept else None
        return Component(type_name, name, path, definition, content)

    def whole(self, type_name: str, full_name: str) -> Component | None:
        """Return a component; an object with all that belongs to it inside."""
        found = self.find(type_name, full_name)
        if found is None or type_name != "CustomObject":
            return found
        children = self._children(found.full_name, RetrieveRequest({}, ""))
        return replace(found, definition=join_object([found, *children]))

    def names(self, type_name: str, folder: str | None = None) -> list[str]:
        """Return the names of a type's components; of reports those in one folder alone."""
        found = handler_of(type_name).names(self._work, type_name)
        if folder is not None:
            found = [name for name in found if name.startswith(f"{folder}/")]
        return found

    def properties(self, component: Component) -> FileProperties:
        """Return what is known of a component beside its definition."""
        kept = self._work.store.find(component.type, component.full_name)
        if kept is None:
            kept = self._standard(component)
        return FileProperties(
            id=kept.id,
            type=component.type,
            full_name=component.full_name,
            file_name=component.file_name,
            created_at=kept.created_at,
            created_by=kept.created_by,
            created_by_name=self._user_name(kept.created_by),
            modified_at=kept.modified_at,
            modified_by=kept.modified_by,
            modified_by_name=self._user_name(kept.modified_by),
        )

    def _standard(self, component: Component) -> Kept:
        """Return the properties of a standard object, which nobody made; its id is its name."""
        who, when = self._work.user_id, self._work.stamp
        return Kept(component.full_name, component, when, who, when, who)

    def _user_name(self, user_id: str) -> str:
        if user_id not in self._users:
            row = self._work.connection.execute(
                "SELECT trim(ifnull(FirstName || ' ', '') || LastName) FROM \"User\" WHERE Id = ?",
                (user_id,),
            ).fetchone()
            self._users[user_id] = row[0] if row else ""
        return self._users[user_id]

    def asked_for(self, request: RetrieveRequest) -> Iterator[Component | str]:
        """Return the components that a retrieval names, and a sentence for each missing one."""
        for type_name, members in request.members.items():
            if not types.is_type(type_name):
                yield f"Entity type '{type_name}' is unknown"
                continue
            names = self.names(type_name) if "*" in members else members
            for name in names:
                component = self.find(type_name, name)
                if component is None:
                    yield f"Entity of type '{type_name}' named '{name}' cannot be found"
                else:
                    yield component
                    if type_name == "CustomObject":
                        yield from self._children(component.full_name, request)

    def _children(self, sobject: str, request: RetrieveRequest) -> Iterator[Component]:
        """Return what belongs to an object, but for what the retrieval names by itself."""
        for kind in types.child_types():
            named = request.members.get(kind, [])
            for name in self.names(kind):
                if name.partition(".")[0] == sobject and not {name, "*"} & set(named):
                    child = self.find(kind, name)
                    if child is not None:
                        yield child


def build_zip(components: list[Component], request: RetrieveRequest) -> bytes:
    """Return the zip of a retrieval: the components' files, and a manifest that names them."""
    prefix = "" if request.single_package else _FOLDER
    files = write_files(components)
    files[MANIFEST] = _manifest(components, request.version)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(prefix + path, files[path])
    return memory.getvalue()


def _manifest(components: list[Component], version: str) -> bytes:
    names: dict[str, list[str]] = {}
    for component in components:
        names.setdefault(component.type, []).append(component.full_name)
    entries = tuple(
        Node("types", children=(*(leaf("members", n) for n in sorted(members)), leaf("name", kind)))
        for kind, members in sorted(names.items())
    )
    return write_xml(Node("Package", children=(*entries, leaf("version", version))))
