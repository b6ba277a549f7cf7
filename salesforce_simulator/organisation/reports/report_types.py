"""Report types: which columns a report may have, and where their values come from.

The first line of a table is `label | category | object | path to the owner | date
column | standard filters`. A line `# label` begins a section of columns; a column
is `name | label | path | notes`. A note `link=PATH` says that the cell carries that
record's id, and `day` that of a moment only its day is shown. A line
`+ prefix | path | all` adds a column for each field of the object at the path,
`custom` for those alone that the organisation has added.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject

_HEADER_PARTS = 6
_HIDDEN_FROM_ALL = frozenset({"address", "location"})


@dataclass(frozen=True)
class Column:
    """A column of a report type.

    `path` and `link` are SOQL paths from the type's object: of the value shown, and
    of the id of the record that the cell leads to. `field` is what stands at `path`.
    """

    name: str
    label: str
    path: str
    field: Field
    link: str | None = None
    day: bool = False

    @property
    def data_type(self) -> str:
        """Return the type's name in the Analytics API."""
        if self.field.type == "reference":
            return "id"
        return {"combobox": "picklist", "encryptedstring": "string"}.get(
            self.field.type, self.field.type
        )

    @property
    def is_lookup(self) -> bool:
        """Tell whether the cell leads to another record than the row's own."""
        return self.link is not None and self.link != "Id"


@dataclass(frozen=True)
class Section:
    """Columns that stand together in the report builder."""

    label: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class ReportType:
    """A report type as one user sees it: columns of fields hidden from him are not there."""

    name: str
    label: str
    category: str
    sobject: str
    owner: str
    date_column: str
    standard_filters: tuple[str, ...]
    sections: tuple[Section, ...]

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """Return the columns by name."""
        return {column.name: column for section in self.sections for column in section.columns}


def report_type_names() -> tuple[str, ...]:
    """Return the API names of all report types."""
    return tuple(_tables())


def report_type(catalogue: Catalogue, name: str) -> ReportType | None:
    """Return a report type over the objects and fields of `catalogue`, or None."""
    table = _tables().get(name)
    if table is None:
        return None
    header, *lines = table.splitlines()
    parts = [part.strip() for part in header.split("|")]
    label, category, sobject, owner, date_column, standard = parts[:_HEADER_PARTS]
    base = catalogue.find(sobject)
    if base is None:
        return None
    return ReportType(
        name, label, category, base.name, owner, date_column, tuple(standard.split()),
        tuple(_sections(catalogue, base, lines)),
    )  # fmt: skip


@cache
def _tables() -> Mapping[str, str]:
    folder = files(__package__) / "types"
    tables = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".txt")),
        key=lambda file: file.name,
    )
    return {file.name.removesuffix(".txt"): file.read_text("utf-8") for file in tables}


def _sections(catalogue: Catalogue, base: SObject, lines: list[str]) -> Iterator[Section]:
    label, columns = "", list[Column]()
    for line in lines:
        if line.startswith("# "):
            if columns:
                yield Section(label, tuple(columns))
            label, columns = line[2:], []
        elif line.startswith("+ "):
            columns += _generated(catalogue, base, *(part.strip() for part in line[2:].split("|")))
        else:
            columns += _written(catalogue, base, *(part.strip() for part in line.split("|")))
    yield Section(label, tuple(columns))


def _written(
    catalogue: Catalogue, base: SObject, name: str, label: str, path: str, notes: str
) -> Iterator[Column]:
    """Yield the column of a line, unless the field at its path is out of the user's sight."""
    field = field_at(catalogue, base, path)
    if field is None:
        return
    words = dict(note.partition("=")[::2] for note in notes.split())
    yield Column(name, label, path, field, words.get("link"), "day" in words)


def _generated(
    catalogue: Catalogue, base: SObject, prefix: str, path: str, which: str
) -> Iterator[Column]:
    """Yield a column for each field of the object that a path leads to."""
    sobject = base
    for name in filter(None, path.split(".")):
        link = sobject.by_relationship.get(name.lower())
        target = _target(catalogue, link) if link else None
        if target is None:
            return
        sobject = target
    stem = f"{path}." if path else ""
    for field in sobject.fields:
        if (which == "custom" and not field.custom) or field.type in _HIDDEN_FROM_ALL:
            continue
        yield _column_of(catalogue, prefix, stem, field)


def _column_of(catalogue: Catalogue, prefix: str, stem: str, field: Field) -> Column:
    """Return the column of a field; a lookup shows the other record's name."""
    plain = Column(f"{prefix}.{field.name}", field.label, f"{stem}{field.name}", field)
    target = _target(catalogue, field) if field.relationship else None
    name_field = next((f for f in target.fields if f.is_name), None) if target else None
    if name_field is None or field.relationship is None:
        return plain
    path = f"{stem}{field.relationship}.{name_field.name}"
    return Column(
        f"{prefix}.{field.relationship}", field.label.removesuffix(" ID"), path, name_field,
        plain.path,
    )  # fmt: skip


def field_at(catalogue: Catalogue, sobject: SObject, path: str) -> Field | None:
    """Return the field at the end of a path from an object, or None when a step is missing."""
    *steps, last = path.split(".")
    for step in steps:
        link = sobject.by_relationship.get(step.lower())
        target = _target(catalogue, link) if link else None
        if target is None:
            return None
        sobject = target
    return sobject.field(last)


def _target(catalogue: Catalogue, link: Field) -> SObject | None:
    """Return the object behind a reference; of an owner's two kinds it is the user."""
    known = (catalogue.find(name) for name in reversed(link.reference_to))
    return next((sobject for sobject in known if sobject is not None), None)
