"""Deployments and retrievals on disk, so that they outlive the process."""

import time
from dataclasses import asdict, replace
from threading import Lock
from typing import Any

import orjson

from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.ids import make_id, normalise_id
from salesforce_simulator.organisation.metadata.results import (
    DeployJob,
    DeployMessage,
    DeployOptions,
    FileProperties,
    RetrieveJob,
    RetrieveRequest,
    Status,
)

_TABLE = """
CREATE TABLE IF NOT EXISTS org_metadata_job (
    id TEXT PRIMARY KEY,
    done INTEGER NOT NULL,
    job TEXT NOT NULL,
    zip BLOB
);
"""
DEPLOY_PREFIX, RETRIEVE_PREFIX = "0Af", "09S"

Job = DeployJob | RetrieveJob


class JobTable:
    """All jobs of an organisation; what runs reports its progress in memory alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._progress: dict[str, DeployJob] = {}
        self._last_number = 0
        with database.writer() as connection:
            connection.execute(_TABLE)

    def next_id(self, prefix: str) -> str:
        """Return an id that sorts by age and does not come again after a restart."""
        with self._lock:
            self._last_number = max(self._last_number + 1, time.time_ns() // 1_000_000)
            return make_id(prefix, self._last_number)

    def save(self, job: Job, archive: bytes | None = None) -> None:
        """Keep a job with its zip; without one the zip that is there stays or is dropped."""
        keep = isinstance(job, DeployJob) and not job.done
        with self._database.writer() as connection:
            connection.execute(
                "INSERT INTO org_metadata_job VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET done = excluded.done, job = excluded.job,"
                " zip = CASE WHEN ? THEN ifnull(excluded.zip, zip) ELSE excluded.zip END",
                (job.id, job.done, orjson.dumps(asdict(job)).decode(), archive, keep),
            )
        with self._lock:
            self._progress.pop(job.id, None)

    def note(self, job: DeployJob) -> None:
        """Let others see how far a running deployment has come."""
        with self._lock:
            self._progress[job.id] = job

    def deploy(self, job_id: str) -> DeployJob:
        """Return a deployment as it stands now; INVALID_CROSS_REFERENCE_KEY when there is none."""
        job, _ = self._read(job_id, DEPLOY_PREFIX)
        with self._lock:
            return self._progress.get(job["id"]) or _deploy_job(job)

    def retrieve(self, job_id: str) -> tuple[RetrieveJob, bytes]:
        """Return a retrieval with its zip; INVALID_CROSS_REFERENCE_KEY when there is none."""
        job, archive = self._read(job_id, RETRIEVE_PREFIX)
        return _retrieve_job(job), archive

    def archive(self, job_id: str) -> bytes:
        """Return the zip of a job."""
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT zip FROM org_metadata_job WHERE id = ?", (job_id,)
            ).fetchone()
        return bytes(row[0] or b"")

    def unfinished(self) -> list[str]:
        """Return the ids of the jobs that have not come to their end, oldest first."""
        with self._database.reader() as connection:
            rows = connection.execute("SELECT id FROM org_metadata_job WHERE NOT done ORDER BY id")
            return [row[0] for row in rows]

    def _read(self, job_id: str, prefix: str) -> tuple[dict[str, Any], bytes]:
        full_id = normalise_id(job_id) or ""
        if not full_id.startswith(prefix):
            raise SalesforceError("INVALID_ID_FIELD", f"{job_id} is not a valid {prefix} id")
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT job, zip FROM org_metadata_job WHERE id = ?", (full_id,)
            ).fetchone()
        if row is None:
            message = f"invalid cross reference id: {job_id}"
            raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", message)
        return orjson.loads(row[0]), bytes(row[1] or b"")


def _deploy_job(data: dict[str, Any]) -> DeployJob:
    options = {**data["options"], "run_tests": tuple(data["options"]["run_tests"])}
    return DeployJob(
        **{
            **data,
            "options": DeployOptions(**options),
            "status": Status(data["status"]),
            "messages": tuple(DeployMessage(**message) for message in data["messages"]),
        }
    )


def _retrieve_job(data: dict[str, Any]) -> RetrieveJob:
    return RetrieveJob(
        **{
            **data,
            "request": RetrieveRequest(**data["request"]),
            "status": Status(data["status"]),
            "properties": tuple(FileProperties(**each) for each in data["properties"]),
            "messages": tuple((path, problem) for path, problem in data["messages"]),
        }
    )


def with_progress(job: DeployJob, total: int, messages: list[DeployMessage]) -> DeployJob:
    """Return a running deployment with its counts."""
    counted = [message for message in messages if message.component_type]
    errors = sum(1 for message in messages if not message.success)
    deployed = sum(1 for message in counted if message.success and not message.problem)
    return replace(job, total=max(total, deployed), deployed=deployed, errors=errors)
