"""CumulusCI's ExtractData: a mapping of one object to a table of SQLite, by Bulk API 1.

Runs in CumulusCI's environment. It wants a project under git and an organisation that it has
logged in to; both are given to it here.
"""

import json
import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from cumulusci.core.config import BaseProjectConfig, OrgConfig, TaskConfig, UniversalConfig
from cumulusci.core.keychain import BaseProjectKeychain
from cumulusci.tasks.bulkdata.extract import ExtractData

from bench.measuring import measure, read_task

PROJECT = {
    "minimum_cumulusci_version": "4.0.0",
    "project": {"name": "bench", "package": {"name": "bench", "api_version": "61.0"}},
}
KEY = "a key that keeps nothing"[:16]


class SignedInOrganisation(OrgConfig):  # type: ignore[misc]  # comes without types
    """An organisation whose token is fresh."""

    def refresh_oauth_token(self, *_: Any, **__: Any) -> None:
        """Keep the token."""


def prepare(task: dict[str, Any], directory: str) -> ExtractData:
    """Return the task, ready to run in a project in `directory`."""
    organisation = task["organisation"]
    os.environ["REQUESTS_CA_BUNDLE"] = organisation["ca_file"]
    os.chdir(directory)
    subprocess.run(["git", "init", "--quiet"], check=True)  # noqa: S607 - whichever git there is
    # YAML reads JSON.
    Path("cumulusci.yml").write_text(json.dumps(PROJECT))
    mapping = {"sf_object": "Lead", "api": "bulk", "table": "lead", "fields": task["fields"]}
    Path("mapping.yml").write_text(json.dumps({"Lead": mapping}))
    project = BaseProjectConfig(UniversalConfig())
    project.set_keychain(BaseProjectKeychain(project, KEY))
    signed_in = {
        "access_token": organisation["session_id"],
        "instance_url": organisation["url"],
        "username": "benchmark",
    }
    options = {"mapping": "mapping.yml", "database_url": f"sqlite:///{directory}/leads.sqlite3"}
    return ExtractData(
        project,
        TaskConfig({"options": options}),
        SignedInOrganisation(signed_in, "bench", project.keychain),
    )


def extract(extraction: ExtractData, directory: str) -> dict[str, Any]:
    """Do the work; return how many records stand in the table."""
    extraction()
    connection = sqlite3.connect(f"{directory}/leads.sqlite3")
    (records,) = connection.execute("SELECT count(*) FROM lead").fetchone()
    connection.close()
    return {"records": records}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        extraction = prepare(read_task(), folder)
        measure(lambda: extract(extraction, folder))
