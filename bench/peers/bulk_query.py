"""simple-salesforce's `bulk2.query`: every record of a query as a dictionary, no database."""

import csv
import io
from typing import Any

from simple_salesforce.bulk2 import SFBulk2Type

from bench.floor.push import open_client
from bench.measuring import measure, read_task


def query(task: dict[str, Any]) -> dict[str, Any]:
    """Read the pages; return how many records are in them."""
    leads: SFBulk2Type = open_client(task["organisation"]).bulk2.Lead  # type: ignore[union-attr,assignment]  # made at run time
    records = 0
    for page in leads.query(task["query"], max_records=100_000):
        # A line break is one of CSV's only: str.splitlines knows others, which stand in values.
        records += sum(1 for _ in csv.DictReader(io.StringIO(str(page), newline="")))
    return {"records": records}


if __name__ == "__main__":
    task = read_task()
    measure(lambda: query(task))
