"""From the files of a package to its components, and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

from salesforce_simulator.organisation.metadata import schema, types
from salesforce_simulator.organisation.metadata.nodes import Node, read_xml, write_xml
from salesforce_simulator.organisation.metadata.problems import ComponentError

_META = "-meta.xml"
_OBJECTS = "objects/"


@dataclass(frozen=True)
class Component:
    """One component: its definition, and the content of a page, class or resource."""

    type: str
    full_name: str
    file_name: str
    definition: Node
    content: bytes | None = None


@dataclass(frozen=True)
class UnreadableFile:
    """A file that holds no component, with what is wrong with it."""

    type: str
    full_name: str
    file_name: str
    error: ComponentError


def read_components(files: dict[str, bytes]) -> Iterator[Component | UnreadableFile]:
    """Return what the files of a package hold, in no particular order."""
    for path in sorted(files):
        kind = types.at_directory(path.partition("/")[0])
        if kind is None:
            unknown = ComponentError("Unknown file type")
            yield UnreadableFile("", path.rpartition("/")[2], path, unknown)
        elif path.endswith(_META):
            if path.removesuffix(_META) not in files:
                yield from _read_folder(kind, path, files[path])
        else:
            yield from _read_file(kind, path, files)


def _read_folder(
    kind: types.ComponentType, path: str, data: bytes
) -> Iterator[Component | UnreadableFile]:
    """Read `reports/Folder-meta.xml`; any other definition without its file is an error."""
    name = unquote(path.removeprefix(f"{kind.directory}/").removesuffix(_META))
    if kind.folder_type is None:
        missing = ComponentError(f"File named in {path} was not found in zipped directory")
        yield UnreadableFile(kind.name, name, path, missing)
        return
    try:
        yield Component(kind.name, name, path, _root(data, kind.folder_type, opaque=kind.opaque))
    except ComponentError as error:
        yield UnreadableFile(kind.name, name, path, error)


def _read_file(
    kind: types.ComponentType, path: str, files: dict[str, bytes]
) -> Iterator[Component | UnreadableFile]:
    name = unquote(path.removeprefix(f"{kind.directory}/").removesuffix(f".{kind.suffix}"))
    try:
        component = _component(kind, name, path, files)
    except ComponentError as error:
        yield UnreadableFile(kind.name, name, path, error)
        return
    yield from with_children(component) if kind.children else (component,)


def _component(
    kind: types.ComponentType, name: str, path: str, files: dict[str, bytes]
) -> Component:
    if not path.endswith(f".{kind.suffix}"):
        raise ComponentError(f"Unknown file type: {path}")
    content = None
    data = files[path]
    if kind.has_meta_file:
        if path + _META not in files:
            raise ComponentError(f"Missing metadata file: {path}{_META}")
        content, data = data, files[path + _META]
    root = _root(data, None if kind.name == "Settings" else kind.name, opaque=kind.opaque)
    return Component(kind.name, name, path, root, content)


def _root(data: bytes, expected: str | None, *, opaque: bool) -> Node:
    root = read_xml(data)
    if expected is not None and root.name != expected:
        message = f"Error parsing file: Expected root element {expected}, found {root.name}"
        raise ComponentError(message, root.line, root.column)
    if not opaque and expected is not None:
        schema.check(root, expected)
    return root


def with_children(component: Component) -> Iterator[Component]:
    """Return an object without its children, and each child as a component of its own."""
    children = types.component_types()[component.type].children
    yield Component(
        component.type,
        component.full_name,
        component.file_name,
        component.definition.without(*children),
    )
    for child in component.definition.children:
        kind = children.get(child.name)
        if kind is not None:
            full_name = f"{component.full_name}.{child.get('fullName').strip()}"
            yield Component(kind, full_name, component.file_name, child.with_name(kind))


def write_files(components: list[Component]) -> dict[str, bytes]:
    """Return the files that hold the components."""
    files: dict[str, bytes] = {}
    objects: dict[str, list[Component]] = {}
    for component in components:
        if component.file_name.startswith(_OBJECTS):
            objects.setdefault(component.file_name, []).append(component)
        elif component.content is None:
            files[component.file_name] = write_xml(component.definition)
        else:
            files[component.file_name] = component.content
            files[component.file_name + _META] = write_xml(component.definition)
    for path, parts in objects.items():
        files[path] = write_xml(join_object(parts))
    return files


def join_object(parts: list[Component]) -> Node:
    """Return the definition of an object with its children inside, from their components."""
    whole = next((p.definition for p in parts if p.type == "CustomObject"), Node("CustomObject"))
    elements = types.child_types()
    children = [p.definition.with_name(elements[p.type]) for p in parts if p.type in elements]
    return schema.in_order(whole.plus(children), "CustomObject")


def file_name_of(type_name: str, full_name: str, *, is_folder: bool = False) -> str:
    """Return the path of the file that a component belongs into."""
    if type_name in types.child_types():
        return f"{_OBJECTS}{full_name.partition('.')[0]}.object"
    kind = types.component_types()[type_name]
    name = quote(full_name, safe="/ -_.&()'!,+@")
    return f"{kind.directory}/{name}{_META if is_folder else '.' + kind.suffix}"
