"""Where reports are kept: a record of `Report` each, and the definition beside it."""

import re
import sqlite3
from dataclasses import dataclass, replace
from itertools import count

import orjson

from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.reports.definition import Definition
from salesforce_simulator.organisation.reports.errors import bad_request
from salesforce_simulator.organisation.reports.metadata_json import as_metadata, changed

_FORMATS = {"TABULAR": "Tabular", "SUMMARY": "Summary", "MATRIX": "Matrix",
            "MULTI_BLOCK": "MultiBlock"}  # fmt: skip
_LONGEST_NAME = 80
_USER = "005"
_FOLDER_NAMES = {
    _USER: "SELECT 'Private Reports' FROM \"User\" WHERE Id = ?",
    "00D": "SELECT 'Public Reports' FROM Organization WHERE Id = ?",
    "00l": "SELECT Name FROM Folder WHERE Id = ? AND Type = 'Report'",
}


@dataclass(frozen=True)
class StoredReport:
    """A report as it is kept; the owner is its folder, or the user whose own it is."""

    id: str
    definition: Definition
    owner_id: str
    deleted: bool

    @property
    def private(self) -> bool:
        """Tell whether it lies in somebody's private folder."""
        return self.owner_id.startswith(_USER)


def add_report(tx: Transaction, definition: Definition) -> str:
    """Keep a new report and return its id.

    Without a folder it goes into the user's private one. Raises BAD_REQUEST when
    the folder is not there.
    """
    definition = replace(
        definition,
        folder_id=_folder_id(definition.folder_id or tx.user_id),
        developer_name=_unique_name(tx.connection, definition),
    )
    report_id = tx.add(tx.catalogue.get("Report"), _record(tx, definition))
    _put(tx.connection, report_id, definition)
    return report_id


def put_report(tx: Transaction, definition: Definition) -> str:
    """Keep a report in place of the one with its unique name, if there is one; return its id."""
    known = find_report(tx.connection, definition.developer_name or "")
    if known is None:
        return add_report(tx, definition)
    change_report(tx, known, definition)
    return known


def change_report(tx: Transaction, report_id: str, definition: Definition) -> None:
    """Keep another definition of a report; runs that are not done yet are dropped."""
    definition = replace(definition, folder_id=_folder_id(definition.folder_id or tx.user_id))
    tx.change(tx.catalogue.get("Report"), report_id, _record(tx, definition))
    _put(tx.connection, report_id, definition)
    tx.connection.execute(
        "DELETE FROM org_report_instance WHERE report_id = ? AND completed_at IS NULL",
        (report_id,),
    )


def remove_report(tx: Transaction, report_id: str) -> None:
    """Move a report to the recycle bin; its runs go for good."""
    tx.change(tx.catalogue.get("Report"), report_id, {"IsDeleted": 1})
    tx.connection.execute("DELETE FROM org_report_instance WHERE report_id = ?", (report_id,))


def read_report(connection: sqlite3.Connection, report_id: str) -> StoredReport | None:
    """Return a report, deleted or not, or None."""
    row = connection.execute(
        "SELECT r.Id, d.definition, r.OwnerId, r.IsDeleted FROM Report r"
        " JOIN org_report d ON d.report_id = r.Id WHERE r.Id = ?",
        (report_id,),
    ).fetchone()
    if row is None:
        return None
    return StoredReport(row[0], read_definition(row[1]), row[2], bool(row[3]))


def find_report(connection: sqlite3.Connection, developer_name: str) -> str | None:
    """Return the id of the live report with a unique name, or None."""
    row = connection.execute(
        "SELECT Id FROM Report WHERE DeveloperName = ? AND IsDeleted = 0", (developer_name,)
    ).fetchone()
    return None if row is None else str(row[0])


def read_definition(text: str) -> Definition:
    """Return a definition from the JSON that it is kept as."""
    return changed(Definition(name="", report_type=""), orjson.loads(text))


def definition_json(definition: Definition) -> str:
    """Return a definition as the JSON that it is kept as."""
    return orjson.dumps(as_metadata(definition)).decode()


def _put(connection: sqlite3.Connection, report_id: str, definition: Definition) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO org_report VALUES (?, ?)", (report_id, definition_json(definition))
    )


def _record(tx: Transaction, definition: Definition) -> dict[str, object]:
    """Return the fields of the record; reports keep no reference to their folder but its name."""
    folder_id = definition.folder_id or tx.user_id
    return {
        "Name": definition.name,
        "DeveloperName": definition.developer_name,
        "Description": definition.description,
        "FolderName": _folder_name(tx.connection, folder_id),
        "Format": _FORMATS[definition.format],
        "OwnerId": folder_id,
    }


def api_format(record_format: str) -> str:
    """Return the Analytics API's word for the format that a record has."""
    return next(name for name, word in _FORMATS.items() if word == record_format)


def _folder_id(text: str) -> str:
    folder_id = normalise_id(text)
    if folder_id is None:
        raise bad_request(f"The folder {text} is not valid.")
    return folder_id


def _folder_name(connection: sqlite3.Connection, folder_id: str) -> str:
    """Return the name that a folder has in the reports inside it."""
    statement = _FOLDER_NAMES.get(folder_id[:3])
    row = connection.execute(statement, (folder_id,)).fetchone() if statement else None
    if row is None:
        raise bad_request("The folder doesn't exist or isn't available to you.")
    return str(row[0])


def _unique_name(connection: sqlite3.Connection, definition: Definition) -> str:
    """Return the report's unique name, made of its name if it has none of its own."""
    wanted = definition.developer_name or re.sub(r"\W+", "_", definition.name, flags=re.ASCII)
    wanted = wanted.strip("_")[:_LONGEST_NAME] or "Report"
    tried = (wanted if number == 1 else f"{wanted}{number}" for number in count(1))
    return next(name for name in tried if find_report(connection, name) is None)
