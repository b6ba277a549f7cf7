"""Jobs on disk: one directory each, its state in ``job.json``, replaced as a whole."""

import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

import orjson

from salesforce_simulator.organisation.errors import not_found
from salesforce_simulator.organisation.ids import make_id, normalise_id
from salesforce_simulator.protocols.bulk2.errors import invalid_state
from salesforce_simulator.protocols.bulk2.job import Job, State

_PREFIX = "750"
_FILE = "job.json"


class JobStore:
    """All jobs of an organisation; safe to use from several threads."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self._directory = directory
        self._now = now
        self._lock = RLock()
        self._last_number = 0
        directory.mkdir(parents=True, exist_ok=True)
        self._jobs = {job.id: job for job in map(_load, sorted(directory.glob(f"*/{_FILE}")))}

    def create(self, **settings: Any) -> Job:
        """Make a job from all its fields but id and dates, and return it."""
        with self._lock:
            stamp = self._stamp()
            job = Job(id=self._next_id(), created_date=stamp, system_modstamp=stamp, **settings)
            self.directory(job.id).mkdir()
            self._save(job)
        return job

    def get(self, job_id: str) -> Job:
        """Return a job by its id of 15 or 18 characters; raises NOT_FOUND."""
        job = self._jobs.get(normalise_id(job_id) or "")
        if job is None:
            raise not_found()
        return job

    def all(self) -> list[Job]:
        """Return every job, oldest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: job.id)

    def change(self, job_id: str, **changes: Any) -> Job:
        """Change fields of a job and return it."""
        with self._lock:
            job = replace(self.get(job_id), system_modstamp=self._stamp(), **changes)
            self._save(job)
        return job

    def note(self, job_id: str, records_processed: int, records_failed: int = 0) -> Job:
        """Set counts of a running job in memory only: one that is interrupted starts over."""
        with self._lock:
            job = replace(
                self.get(job_id),
                system_modstamp=self._stamp(),
                records_processed=records_processed,
                records_failed=records_failed,
            )
            self._jobs[job.id] = job
        return job

    def move(
        self, job_id: str, to: State, *, from_states: Collection[State], **changes: Any
    ) -> Job:
        """Move a job to another state; raises INVALIDJOBSTATE unless it is in one of these."""
        with self._lock:
            job = self.get(job_id)
            if job.state not in from_states:
                raise invalid_state(job)
            return self.change(job.id, state=to, **changes)

    def delete(self, job_id: str, *, from_states: Collection[State]) -> None:
        """Delete a job and its files; raises INVALIDJOBSTATE in any other state."""
        with self._lock:
            job = self.get(job_id)
            if job.state not in from_states:
                raise invalid_state(job)
            del self._jobs[job.id]
            shutil.rmtree(self.directory(job.id))

    def directory(self, job_id: str) -> Path:
        """Return where a job's files lie."""
        return self._directory / job_id

    def _save(self, job: Job) -> None:
        path = self.directory(job.id) / _FILE
        draft = path.with_suffix(".draft")
        draft.write_bytes(orjson.dumps(asdict(job)))
        draft.replace(path)
        self._jobs[job.id] = job

    def _next_id(self) -> str:
        # Milliseconds make ids that sort by age and do not come again after a restart.
        self._last_number = max(self._last_number + 1, time.time_ns() // 1_000_000)
        return make_id(_PREFIX, self._last_number)

    def _stamp(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _load(path: Path) -> Job:
    data = orjson.loads(path.read_bytes())
    return Job(**{**data, "state": State(data["state"])})
