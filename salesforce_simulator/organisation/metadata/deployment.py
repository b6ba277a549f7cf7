"""What a deployment does with its package: deletions, components, and what the manifest wanted.

Each component ends in one message. What is wrong with one does not stop the others: whether all of
it is taken back in the end is decided by the caller.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from salesforce_simulator.organisation.metadata import saving, types
from salesforce_simulator.organisation.metadata.components import (
    Component,
    UnreadableFile,
    read_components,
)
from salesforce_simulator.organisation.metadata.handlers import place_of
from salesforce_simulator.organisation.metadata.package import DESTRUCTIVE, MANIFEST, Package
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.results import DeployMessage, DeployOptions
from salesforce_simulator.organisation.metadata.workspace import Workspace

Watch = Callable[[int, list[DeployMessage]], None]
_NEWEST = 68.0


class Deployment:
    """One package on its way into the organisation."""

    def __init__(
        self, work: Workspace, package: Package, options: DeployOptions, watch: Watch
    ) -> None:
        """`watch` is told the total and the messages so far before each component."""
        self._work = work
        self._package = package
        self._options = options
        self._watch = watch
        self._version = float(package.manifest.version or _NEWEST)
        self._messages: list[DeployMessage] = []

    def run(self) -> list[DeployMessage]:
        """Deploy everything and return the messages, that of the manifest last."""
        found = list(read_components(self._package.files))
        named = [item for item in found if self._is_named(item)]
        others = [item for item in found if item not in named]
        before, after = self._deletions(*DESTRUCTIVE[:2]), self._deletions(DESTRUCTIVE[2])
        self._total = len(named) + len(before) + len(after)
        self._delete(before)
        for item in others:
            self._leave_out(item)
        for item in named:
            if isinstance(item, UnreadableFile):
                self._fail(item, item.error)
        self._apply([item for item in named if isinstance(item, Component)])
        self._delete(after)
        self._check_manifest(found)
        return self._messages

    def _is_named(self, item: Component | UnreadableFile) -> bool:
        manifest = self._package.manifest
        if self._options.auto_update_package or manifest.names(item.type, item.full_name):
            return True
        if item.type == "CustomObject" and isinstance(item, UnreadableFile):
            return manifest.names_child_of(item.full_name)
        parent = item.full_name.partition(".")[0]
        return item.type in types.child_types() and manifest.names("CustomObject", parent)

    def _leave_out(self, item: Component | UnreadableFile) -> None:
        """Warn of a component that the manifest does not name; an object's file is only a place."""
        if item.type == "CustomObject" and isinstance(item, Component):
            return
        message = DeployMessage(
            item.full_name,
            self._package.prefix + item.file_name,
            item.type,
            success=self._options.ignore_warnings,
            problem=f"Not in {MANIFEST}",
            problem_type="Warning",
        )
        self._messages.append(message)

    def _apply(self, components: list[Component]) -> None:
        components.sort(key=lambda item: (place_of(item.type), item.full_name.lower()))
        for _, group in groupby(components, key=lambda item: item.type):
            self._apply_in_rounds(list(group))

    def _apply_in_rounds(self, components: list[Component]) -> None:
        """Deploy components of a type; formulas that refer to others wait for the next round."""
        waiting = components
        while waiting:
            failed: list[tuple[Component, ComponentError]] = []
            for component in waiting:
                self._watch(self._total, self._messages)
                try:
                    self._save(component)
                except ComponentError as error:
                    failed.append((component, error))
            if len(failed) == len(waiting) or components[0].type != "CustomField":
                for component, problem in failed:
                    self._fail(component, problem)
                return
            waiting = [component for component, _ in failed]

    def _save(self, component: Component) -> None:
        saved = saving.save(self._work, component)
        self._messages.append(
            DeployMessage(
                component.full_name,
                self._package.prefix + component.file_name,
                component.type,
                success=True,
                changed=saved.changed,
                created=saved.created,
                id=saved.id,
            )
        )

    def _fail(self, item: Component | UnreadableFile, error: ComponentError) -> None:
        self._messages.append(
            DeployMessage(
                item.full_name,
                self._package.prefix + item.file_name,
                item.type,
                success=False,
                problem=error.problem,
                problem_type="Error",
                line=error.line,
                column=error.column,
            )
        )

    def _deletions(self, *files: str) -> list[tuple[str, str, str]]:
        """Return file, type and name of each component to delete, what needs others first."""
        found = [
            (file, type_name, full_name)
            for file in files
            if file in self._package.deletions
            for type_name, names in self._package.deletions[file].members.items()
            for full_name in names
        ]
        return sorted(found, key=lambda item: -place_of(item[1]))

    def _delete(self, deletions: list[tuple[str, str, str]]) -> None:
        for file, type_name, full_name in deletions:
            self._watch(self._total, self._messages)
            self._messages.append(self._deleted(file, type_name, full_name))

    def _deleted(self, file: str, type_name: str, full_name: str) -> DeployMessage:
        path = self._package.prefix + file
        try:
            self._check_type(type_name, file)
            component_id = saving.remove(self._work, type_name, full_name)
        except ComponentError as error:
            return DeployMessage(
                full_name,
                path,
                type_name,
                success=False,
                problem=error.problem,
                problem_type="Error",
            )
        if component_id is None:
            return DeployMessage(
                full_name,
                path,
                type_name,
                success=True,
                problem=f"No {type_name} named: {full_name} found",
                problem_type="Warning",
            )
        return DeployMessage(
            full_name, path, type_name, success=True, changed=True, deleted=True, id=component_id
        )

    def _check_type(self, type_name: str, file: str) -> None:
        if not saving.known(type_name, self._version):
            raise ComponentError(f"Unknown type name '{type_name}' specified in {file}")

    def _check_manifest(self, found: list[Component | UnreadableFile]) -> None:
        """Complain of what the manifest names in vain, and tell how it itself fared."""
        problems = list(self._missing({(item.type, item.full_name) for item in found}))
        path = self._package.prefix + MANIFEST
        self._messages += [
            DeployMessage(name, path, "", success=False, problem=problem, problem_type="Error")
            for name, problem in problems
        ]
        if not problems:
            self._messages.append(DeployMessage(MANIFEST, path, "", success=True))

    def _missing(self, found: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        for type_name, names in self._package.manifest.members.items():
            if not saving.known(type_name, self._version):
                yield MANIFEST, f"Unknown type name '{type_name}' specified in {MANIFEST}"
            elif not self._options.allow_missing_files:
                for name in names:
                    if name != "*" and (type_name, name) not in found:
                        yield name, _not_found(type_name, name)


def _not_found(type_name: str, full_name: str) -> str:
    return (
        f"An object '{full_name}' of type {type_name} was named in {MANIFEST},"
        " but was not found in zipped directory"
    )
