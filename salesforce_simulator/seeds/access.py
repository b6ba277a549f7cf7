"""Who may see and do what in a new organisation: two profiles, with all fields open to both."""

import sqlite3
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, SObject
from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.permissions import needs_grant, secured
from salesforce_simulator.organisation.schema import quoted
from salesforce_simulator.seeds.foundation import ADMINISTRATOR_PROFILE, BORN, STANDARD_PROFILE

_RIGHTS = ("PermissionsCreate", "PermissionsRead", "PermissionsEdit", "PermissionsDelete")
_OVER_ALL = ("PermissionsViewAllRecords", "PermissionsModifyAllRecords")
_STANDARD_USER = frozenset(
    {
        "PermissionsApiEnabled",
        "PermissionsConvertLeads",
        "PermissionsExportReport",
        "PermissionsRunReports",
        "PermissionsViewSetup",
    }
)
# What an administrator has to give himself.
_NOT_FOR_ADMINISTRATORS = frozenset(
    {
        "PermissionsAllowViewEditConvertedLeads",
        "PermissionsApiUserOnly",
        "PermissionsBulkApiHardDelete",
    }
)


def plant_access(connection: sqlite3.Connection, catalogue: Catalogue) -> None:
    """Add the permission set of each profile, and what it grants."""
    permissions = {
        field.name
        for field in catalogue.get("PermissionSet").fields
        if field.name.startswith("Permissions")
    }
    administrator = permissions - _NOT_FOR_ADMINISTRATORS
    _plant_profile(connection, catalogue, 1, ADMINISTRATOR_PROFILE, administrator)
    _plant_profile(connection, catalogue, 2, STANDARD_PROFILE, permissions & _STANDARD_USER)


def _plant_profile(
    connection: sqlite3.Connection,
    catalogue: Catalogue,
    number: int,
    profile_id: str,
    permissions: set[str],
) -> None:
    set_id = make_id("0PS", number)
    values: dict[str, Any] = {
        "Name": f"X{profile_id[:15]}",
        "Label": profile_id[:15],
        "ProfileId": profile_id,
        "IsOwnedByProfile": 1,
        "Type": "Profile",
        **dict.fromkeys(sorted(permissions), 1),
    }
    _add(connection, catalogue, "PermissionSet", {"Id": set_id, **values})
    over_all = _OVER_ALL if "PermissionsModifyAllData" in permissions else ()
    for sobject in filter(secured, catalogue):
        rights: dict[str, Any] = {"ParentId": set_id, "SobjectType": sobject.name}
        rights |= dict.fromkeys((*_RIGHTS, *over_all), 1)
        _add(connection, catalogue, "ObjectPermissions", rights)
        _grant_fields(connection, catalogue, set_id, sobject)


def _grant_fields(
    connection: sqlite3.Connection, catalogue: Catalogue, set_id: str, sobject: SObject
) -> None:
    for field in sobject.fields:
        if needs_grant(sobject, field):
            grant = {
                "ParentId": set_id,
                "SobjectType": sobject.name,
                "Field": f"{sobject.name}.{field.name}",
                "PermissionsRead": 1,
                "PermissionsEdit": int(field.createable or field.updateable),
            }
            _add(connection, catalogue, "FieldPermissions", grant)


def _add(
    connection: sqlite3.Connection, catalogue: Catalogue, name: str, values: dict[str, Any]
) -> None:
    sobject = catalogue.get(name)
    table = quoted(name)
    (number,) = connection.execute(
        f"SELECT ifnull(max(number), 0) + 1 FROM {table}"  # noqa: S608 - a name of the catalogue
    ).fetchone()
    stamps = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
    makers = ("CreatedById", "LastModifiedById")
    record = {
        "number": number,
        "Id": make_id(sobject.prefix, number),
        **{key: BORN for key in stamps if sobject.has(key)},
        **{key: make_id("005", 1) for key in makers if sobject.has(key)},
        **values,
    }
    marks = ", ".join("?" * len(record))
    names = ", ".join(map(quoted, record))
    connection.execute(
        " ".join(("INSERT INTO", table, f"({names}) VALUES ({marks})")), tuple(record.values())
    )
