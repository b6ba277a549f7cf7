"""People into Salesforce by simple-salesforce's own bulk2, whose outcomes nobody reads."""

import uuid
from typing import Any

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.bulk2 import SFBulk2Type

from bench.measuring import measure, read_task
from bench.people import RECORD_ID_FIELD, make_people


def open_client(organisation: dict[str, str]) -> Salesforce:
    """Return a client on a session that is signed in."""
    session = requests.Session()
    session.trust_env = False
    session.verify = organisation["ca_file"]
    return Salesforce(
        session_id=organisation["session_id"],
        instance_url=organisation["url"],
        version=organisation["version"],
        session=session,
    )


def make_new(count: int, sender: str) -> list[dict[str, str]]:
    """Return people whom Salesforce does not know, under record ids of ours."""
    return [{RECORD_ID_FIELD: str(uuid.uuid4()), **each} for each in make_people(count, sender)]


def make_changed(client: Salesforce, count: int, sender: str) -> list[dict[str, str]]:
    """Return new values for leads that Salesforce has."""
    soql = f"SELECT Id FROM Lead ORDER BY Id LIMIT {count}"  # noqa: S608 - a number of ours
    found = client.query_all_iter(soql)
    return [
        {
            "Id": record["Id"],
            "Title": f"{sender} title {record['Id']}",
            "Phone": f"+1 557 {record['Id']}",
            "City": sender,
        }
        for record in found
    ]


def push(client: Salesforce, records: list[dict[str, str]], key: str) -> dict[str, Any]:
    """Send the records; return how many Salesforce took; raise RuntimeError if it refused one."""
    leads: SFBulk2Type = client.bulk2.Lead  # type: ignore[union-attr,assignment]  # made at run time
    answers = leads.upsert(records=records, external_id_field=key)
    failed = sum(answer["numberRecordsFailed"] for answer in answers)
    if failed:
        raise RuntimeError(f"Salesforce refused {failed} records.")
    return {"records_written": sum(answer["numberRecordsProcessed"] for answer in answers)}


def main() -> None:
    """Send what the task asks for: `{"what": "new" or "changed", "count": n, "sender": word}`."""
    task = read_task()
    client = open_client(task["organisation"])
    if task["what"] == "new":
        records, key = make_new(task["count"], task["sender"]), RECORD_ID_FIELD
    else:
        records, key = make_changed(client, task["count"], task["sender"]), "Id"
    measure(lambda: push(client, records, key))


if __name__ == "__main__":
    main()
