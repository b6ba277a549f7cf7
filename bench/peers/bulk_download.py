"""simple-salesforce's `bulk2.download`: every page of a query as a file, no database."""

import tempfile
from pathlib import Path
from typing import Any

from simple_salesforce.bulk2 import SFBulk2Type

from bench.floor.push import open_client
from bench.measuring import measure, read_task


def download(task: dict[str, Any]) -> dict[str, Any]:
    """Write the pages to files; return how many records Salesforce says are in them."""
    leads: SFBulk2Type = open_client(task["organisation"]).bulk2.Lead  # type: ignore[union-attr,assignment]  # made at run time
    with tempfile.TemporaryDirectory() as directory:
        files = leads.download(task["query"], path=directory, max_records=100_000)
        missing = [file["file"] for file in files if not Path(file["file"]).exists()]
        if missing:
            raise RuntimeError(f"{missing} were not written.")
        return {"records": sum(file["number_of_records"] for file in files)}


if __name__ == "__main__":
    task = read_task()
    measure(lambda: download(task))
