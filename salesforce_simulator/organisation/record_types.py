"""Record types: kinds of records of one object, with pages of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.database import Database

MASTER_ID = "012000000000000AAA"
# Other standard objects know no record types.
_OBJECTS_WITH_TYPES = frozenset(
    {
        "Account",
        "Campaign",
        "CampaignMember",
        "Case",
        "Contact",
        "Event",
        "Lead",
        "Opportunity",
        "Task",
    }
)


@dataclass(frozen=True)
class RecordType:
    """A record type of an object; the master stands for all records without one."""

    id: str
    name: str
    developer_name: str
    is_master: bool = False
    is_default: bool = False


def record_types_of(database: Database, sobject: SObject) -> list[RecordType]:
    """Return the active record types of an object, the master first.

    The oldest one is the default of new records, as far as there is one beside the master.
    """
    with database.reader() as connection:
        rows = connection.execute(
            "SELECT Id, Name, DeveloperName FROM RecordType"
            " WHERE SobjectType = ? COLLATE NOCASE AND IsActive ORDER BY number",
            (sobject.name,),
        ).fetchall()
    master = RecordType(MASTER_ID, "Master", "Master", is_master=True, is_default=not rows)
    others = [
        RecordType(record_id, name, developer_name, is_default=number == 0)
        for number, (record_id, name, developer_name) in enumerate(rows)
    ]
    return [master, *others]


def has_record_types(sobject: SObject) -> bool:
    """Tell whether the object can have record types at all."""
    return sobject.name.endswith("__c") or sobject.name in _OBJECTS_WITH_TYPES


def record_type_infos(
    sobject: SObject, record_types: Iterable[RecordType], base: str
) -> list[dict[str, Any]]:
    """Return `recordTypeInfos` of a describe, whose own path is `base`."""
    if not has_record_types(sobject):
        return []
    return [
        {
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": each.is_default,
            "developerName": each.developer_name,
            "master": each.is_master,
            "name": each.name,
            "recordTypeId": each.id,
            "urls": {"layout": f"{base}/describe/layouts/{each.id}"},
        }
        for each in record_types
    ]
