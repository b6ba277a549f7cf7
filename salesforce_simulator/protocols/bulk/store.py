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
from salesforce_simulator.protocols.bulk.errors import invalid_move, invalid_state
from salesforce_simulator.protocols.bulk.job import KEPT, Job, State, to_stamp

_JOB_PREFIX = "750"
_BATCH_PREFIX = "751"
_FILE = "job.json"


class JobStore:
    """All jobs and batches of an organisation; safe to use from several threads.

    What has ended longer ago than results are kept is no longer there for anyone who asks; its
    files go with the next start.
    """

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self._directory = directory
        self._now = now
        self._lock = RLock()
        self._last_number = 0
        directory.mkdir(parents=True, exist_ok=True)
        self._jobs = {job.id: job for job in map(_load, sorted(directory.glob(f"*/{_FILE}")))}
        self._forget_expired()

    def create(self, **settings: Any) -> Job:
        """Make a job from all its fields but id and dates, and return it."""
        with self._lock:
            stamp = self._stamp()
            prefix = _BATCH_PREFIX if settings.get("parent_id") else _JOB_PREFIX
            job_id = make_id(prefix, self._next_number())
            job = Job(id=job_id, created_date=stamp, system_modstamp=stamp, **settings)
            self.directory(job.id).mkdir()
            self._save(job)
        return job

    def get(self, job_id: str) -> Job:
        """Return a job by its id of 15 or 18 characters; raises NOT_FOUND."""
        job = self._jobs.get(normalise_id(job_id) or "")
        if job is None or job.ended_before(self._oldest()):
            raise not_found()
        return job

    def all(self) -> list[Job]:
        """Return every job and every batch, oldest first."""
        oldest = self._oldest()
        with self._lock:
            kept = [job for job in self._jobs.values() if not job.ended_before(oldest)]
        return sorted(kept, key=lambda job: job.id)

    def batches(self, job_id: str) -> list[Job]:
        """Return the batches of a job of the first Bulk API, oldest first.

        One that is still Open was never acknowledged: its data had not arrived.
        """
        return [
            job for job in self.all() if job.parent_id == job_id and job.state is not State.OPEN
        ]

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
                raise invalid_move(job, to)
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

    def _forget_expired(self) -> None:
        oldest = self._oldest()
        for job in [job for job in self._jobs.values() if job.ended_before(oldest)]:
            del self._jobs[job.id]
            shutil.rmtree(self.directory(job.id))

    def _oldest(self) -> str:
        return to_stamp(self._now() - KEPT)

    def _next_number(self) -> int:
        # Milliseconds make ids that sort by age and do not come again after a restart.
        self._last_number = max(self._last_number + 1, time.time_ns() // 1_000_000)
        return self._last_number

    def _stamp(self) -> str:
        return to_stamp(self._now())


def _load(path: Path) -> Job:
    data = orjson.loads(path.read_bytes())
    return Job(**{**data, "state": State(data["state"])})
