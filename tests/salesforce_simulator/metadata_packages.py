"""Packages of metadata for tests: zips of files given as texts, or of a folder."""

import io
import zipfile
from pathlib import Path

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"


def manifest(version="60.0", **members) -> str:
    """Return package.xml, of types with lists of members."""
    types = "".join(
        "<types>"
        + "".join(f"<members>{name}</members>" for name in names)
        + f"<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    return f'<Package xmlns="{NAMESPACE}">{types}<version>{version}</version></Package>'


def document(root: str, inner: str) -> str:
    """Return a metadata file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>'


def field(name: str, kind: str, more: str = "") -> str:
    """Return a custom field for an object's file."""
    label = name.removesuffix("__c").replace("_", " ")
    names = f"<fullName>{name}</fullName><label>{label}</label>"
    return f"<fields>{names}<type>{kind}</type>{more}</fields>"


def formula(name: str, kind: str, text: str, more: str = "") -> str:
    """Return a formula field for an object's file."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return field(name, kind, f"<formula>{escaped}</formula>{more}")


def fields_package(sobject: str, *fields: str, **more) -> bytes:
    """Return the zip of a package that holds an object's custom fields and nothing else."""
    names = [each.partition("<fullName>")[2].partition("</fullName>")[0] for each in fields]
    members = {"CustomField": [f"{sobject}.{name}" for name in names]}
    files = {f"objects/{sobject}.object": document("CustomObject", "".join(fields))}
    return package(manifest(**members), files, **more)


def package(manifest_text: str, files: dict[str, str | bytes], folder: str = "") -> bytes:
    """Return a zip of package.xml and other files, all inside a folder if one is given."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in {"package.xml": manifest_text, **files}.items():
            archive.writestr(folder + path, text)
    return memory.getvalue()


def folder_package(root: Path, manifest_text: str | None = None, without: str = "\0") -> bytes:
    """Return a zip of a folder's files, perhaps under another manifest and without some."""
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.relative_to(root).as_posix().startswith(without)
    }
    original = files.pop("package.xml").decode()
    return package(manifest_text or original, files)
