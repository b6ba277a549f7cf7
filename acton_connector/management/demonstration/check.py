"""What the organisation holds afterwards, asked of it and not of our database."""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from connectors.clients import open_client
from connectors.models import Connection
from connectors.salesforce import Condition, build_select, build_selects_in, iterate_records
from lists.models import ListRecord, MarketingList
from sync.engine.push_rows import EXTERNAL_ID_FIELD


class DemonstrationFailedError(RuntimeError):
    """Lists and organisation do not hold the same."""


def check_pushed_once(connection: Connection, record_ids: Collection[UUID]) -> None:
    """Raise DemonstrationFailedError unless each record stands in Salesforce exactly once."""
    fields = ["Id", EXTERNAL_ID_FIELD]
    wanted = [str(record_id) for record_id in record_ids]
    queries = build_selects_in(
        "Lead", fields, known_fields=fields, field=EXTERNAL_ID_FIELD, values=wanted
    )
    with open_client(connection) as client:
        found = Counter(
            record[EXTERNAL_ID_FIELD]
            for soql in queries
            for record in iterate_records(client, soql)
        )
    wrong = {key: found[key] for key in wanted if found[key] != 1}
    if wrong:
        raise DemonstrationFailedError(f"Not exactly once in Salesforce: {wrong}")


def check_list_mirrors(connection: Connection, marketing_list: MarketingList) -> int:
    """Compare every value of a list with Salesforce; return how many records agree.

    Raises DemonstrationFailedError that names the first difference.
    """
    fields = [column.salesforce_field for column in marketing_list.columns.all()]
    is_lead = marketing_list.sobject_type == "Lead"
    soql = build_select(
        marketing_list.sobject_type,
        ["Id", *fields],
        known_fields={"Id", "IsConverted", *fields},
        where=Condition("IsConverted", "=", False) if is_lead else None,
    )
    with open_client(connection) as client:
        theirs = {record["Id"]: record for record in iterate_records(client, soql)}
    records = {
        record.salesforce_id: record for record in ListRecord.objects.filter(list=marketing_list)
    }
    if records.keys() != theirs.keys():
        missing, surplus = len(theirs.keys() - records.keys()), len(records.keys() - theirs.keys())
        raise DemonstrationFailedError(
            f"{marketing_list} misses {missing} records of Salesforce and has {surplus} too many."
        )
    for salesforce_id, record in records.items():
        for name in fields:
            if record.data.get(name) != theirs[salesforce_id or ""][name]:
                raise DemonstrationFailedError(f"{name} of {salesforce_id} differs.")
    return len(records)
