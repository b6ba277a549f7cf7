"""Reports and their folders: they become records, and the Analytics API runs them."""

from datetime import datetime

from salesforce_simulator.organisation.dml import writer
from salesforce_simulator.organisation.dml.recycle import delete
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.handlers.base import Handler
from salesforce_simulator.organisation.metadata.json_form import from_json, to_json
from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.workspace import Workspace
from salesforce_simulator.organisation.reports.definition import Definition
from salesforce_simulator.organisation.reports.metadata_api import report_definition, report_file
from salesforce_simulator.organisation.reports.run import require_possible
from salesforce_simulator.organisation.reports.store import (
    put_report,
    read_report,
    remove_report,
)

_FOLDER = "ReportFolder"
_PUBLIC = "unfiled$public"  # the folder that every organisation has


class ReportHandler(Handler):
    """Keeps `Folder` and `Folder/Report` as records of Folder and Report."""

    def names(self, work: Workspace, type_name: str) -> list[str]:  # noqa: ARG002 - as all handlers
        """Return the folders and the reports that lie in folders for everyone."""
        folders = work.connection.execute(
            "SELECT DeveloperName FROM Folder WHERE Type = 'Report'"
        ).fetchall()
        reports = work.connection.execute(
            f"SELECT ifnull(f.DeveloperName, '{_PUBLIC}') || '/' || r.DeveloperName FROM Report r"  # noqa: S608 - a constant
            " LEFT JOIN Folder f ON f.Id = r.OwnerId"
            " WHERE r.IsDeleted = 0 AND r.OwnerId NOT LIKE '005%'"
        ).fetchall()
        return sorted(row[0] for row in (*folders, *reports))

    def current(self, work: Workspace, type_name: str, full_name: str) -> Node | None:
        """Return a report as it is in force, which people may have changed since."""
        kept = super().current(work, type_name, full_name)
        if "/" not in full_name:
            return _current_folder(work, kept, full_name)
        report_id = _report_id(work, full_name)
        stored = read_report(work.connection, report_id) if report_id else None
        if stored is None:
            return None
        if kept is not None:
            owner = stored.definition.folder_id or ""
            if _definition(kept, full_name, owner) == stored.definition:
                return kept
        return Node(type_name, children=from_json(report_file(stored.definition), "Report"))

    def apply(self, work: Workspace, component: Component) -> str | None:
        """Save the report, or the folder."""
        try:
            if component.definition.name == _FOLDER:
                return _put_folder(work, component.full_name, component.definition)
            return _put_report(work, component)
        except SalesforceError as error:
            raise ComponentError(error.message) from error

    def remove(self, work: Workspace, full_name: str) -> None:
        """Delete a report, or a folder without reports."""
        if "/" in full_name:
            report_id = _report_id(work, full_name)
            if report_id is not None:
                remove_report(work.transaction(), report_id)
            return
        folder_id = _folder_id(work, full_name)
        if folder_id is None:
            return
        filled = work.connection.execute(
            "SELECT 1 FROM Report WHERE OwnerId = ? AND IsDeleted = 0", (folder_id,)
        ).fetchone()
        if filled is not None:
            raise ComponentError("Folder is not empty")
        delete(work.transaction(), work.catalogue.get("Folder"), folder_id)


def _current_folder(work: Workspace, kept: Node | None, full_name: str) -> Node | None:
    row = work.connection.execute(
        "SELECT Name, AccessType FROM Folder WHERE DeveloperName = ? AND Type = 'Report'",
        (full_name,),
    ).fetchone()
    if row is None or kept is not None:
        return kept if row else None
    return Node(_FOLDER, children=(leaf("accessType", row[1]), leaf("name", row[0])))


def _put_folder(work: Workspace, full_name: str, definition: Node) -> str:
    values = {
        "Name": definition.get("name").strip(),
        "AccessType": definition.get("accessType", "Public").strip(),
    }
    sobject = work.catalogue.get("Folder")
    folder_id = _folder_id(work, full_name)
    if folder_id is None:
        more = {"DeveloperName": full_name, "Type": "Report"}
        return writer.create(work.transaction(), sobject, {**values, **more})
    writer.update(work.transaction(), sobject, folder_id, values)
    return folder_id


def _put_report(work: Workspace, component: Component) -> str:
    folder = component.full_name.rpartition("/")[0].rpartition("/")[2]
    folder_id = _folder_id(work, folder)
    if folder_id is None:
        raise ComponentError(f"Cannot find folder:{folder}")
    definition = _definition(component.definition, component.full_name, folder_id)
    require_possible(definition, work.catalogue, datetime.fromisoformat(work.stamp))
    return put_report(work.transaction(), definition)


def _definition(node: Node, full_name: str, folder_id: str) -> Definition:
    name = full_name.rpartition("/")[2]
    return report_definition(to_json(node, "Report"), developer_name=name, folder_id=folder_id)


def _folder_id(work: Workspace, developer_name: str) -> str | None:
    """Return the id of a folder; unfiled public reports belong to the organisation itself."""
    if developer_name == _PUBLIC:
        row = work.connection.execute("SELECT Id FROM Organization").fetchone()
    else:
        row = work.connection.execute(
            "SELECT Id FROM Folder WHERE DeveloperName = ? COLLATE NOCASE AND Type = 'Report'",
            (developer_name,),
        ).fetchone()
    return None if row is None else str(row[0])


def _report_id(work: Workspace, full_name: str) -> str | None:
    folder, _, name = full_name.rpartition("/")
    row = work.connection.execute(
        "SELECT Id FROM Report WHERE DeveloperName = ? COLLATE NOCASE AND OwnerId = ?"
        " AND IsDeleted = 0",
        (name, _folder_id(work, folder.rpartition("/")[2])),
    ).fetchone()
    return None if row is None else str(row[0])
