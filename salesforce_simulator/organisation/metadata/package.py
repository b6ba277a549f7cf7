"""A deployment's zip: its files, and what `package.xml` says about them.

With `singlePackage` the manifest lies at the root, otherwise in one folder at the top.
"""

import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO

from salesforce_simulator.organisation.metadata.nodes import Node, read_xml
from salesforce_simulator.organisation.metadata.problems import ComponentError

MANIFEST = "package.xml"
DESTRUCTIVE = ("destructiveChangesPre.xml", "destructiveChanges.xml", "destructiveChangesPost.xml")
MOST_FILES = 10_000
LARGEST_ZIP = 39 * 1024 * 1024
LARGEST_CONTENT = 400 * 1024 * 1024
_VERSION = re.compile(r"\d{2}\.0")


@dataclass(frozen=True)
class Manifest:
    """Types with their members; `*` among them means all there are."""

    members: dict[str, list[str]] = field(default_factory=dict)
    version: str | None = None

    def names(self, type_name: str, full_name: str) -> bool:
        """Tell whether a component is meant."""
        named = self.members.get(type_name, [])
        return "*" in named or full_name in named

    def names_child_of(self, sobject: str) -> bool:
        """Tell whether anything is meant that stands in an object's file."""
        everything = (name for names in self.members.values() for name in names)
        return any(name.startswith(f"{sobject}.") for name in everything)


@dataclass(frozen=True)
class Package:
    """An unpacked zip; `prefix` is the folder that its files lie in, with a slash, or empty."""

    files: dict[str, bytes]
    prefix: str
    manifest: Manifest
    deletions: dict[str, Manifest]


class PackageError(Exception):
    """A zip that cannot be deployed at all, with the status code of the whole deployment."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_package(data: bytes, *, single_package: bool) -> Package:
    """Unpack a zip and read its manifests.

    Raises PackageError for what is no zip or too large, ComponentError when a manifest is missing
    or wrong.
    """
    files = _unpack(data)
    prefix = ""
    if not single_package:
        folders = {path.split("/")[0] for path in files if "/" in path}
        prefix = f"{min(folders)}/" if folders else ""
    inside = {path[len(prefix) :]: body for path, body in files.items() if path.startswith(prefix)}
    if MANIFEST not in inside:
        raise ComponentError(f"No {MANIFEST} found")
    manifest = read_manifest(read_xml(inside.pop(MANIFEST)))
    deletions = {
        name: read_manifest(read_xml(inside.pop(name))) for name in DESTRUCTIVE if name in inside
    }
    return Package(inside, prefix, manifest, deletions)


def _unpack(data: bytes) -> dict[str, bytes]:
    if len(data) > LARGEST_ZIP:
        raise PackageError("LIMIT_EXCEEDED", "Maximum size of request reached")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise PackageError("LIMIT_EXCEEDED", f"Too many files in zip: {len(entries)}")
            if sum(entry.file_size for entry in entries) > LARGEST_CONTENT:
                raise PackageError("LIMIT_EXCEEDED", "Maximum size of unzipped files reached")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise PackageError("INVALID_CROSS_REFERENCE_KEY", "The zip file is not valid") from error


def read_manifest(root: Node) -> Manifest:
    """Return what a `Package` element names; ComponentError when it is none."""
    if root.name not in {"Package", "unpackaged"}:
        raise ComponentError(f"Error parsing file: {MANIFEST} must be a Package", 1, 1)
    members: dict[str, list[str]] = {}
    for types in root.all("types"):
        name = types.get("name").strip()
        if not name:
            raise ComponentError("Required field is missing: name", types.line, types.column)
        # A folder of reports may be named with a slash at its end.
        names = (text.strip().removesuffix("/") for text in types.texts("members"))
        members.setdefault(name, []).extend(names)
    version = root.get("version").strip() or None
    if version is not None and not _VERSION.fullmatch(version):
        raise ComponentError(f"Invalid version specified: {version}", root.line, root.column)
    return Manifest(members, version)
