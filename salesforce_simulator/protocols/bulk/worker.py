"""The background worker: takes closed jobs, and batches, through InProgress to their end."""

import asyncio
import logging
import time
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from threading import Condition, Event

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.bulk.allotments import Allotments
from salesforce_simulator.protocols.bulk.batch_faults import BatchFaults
from salesforce_simulator.protocols.bulk.errors import JobFailedError
from salesforce_simulator.protocols.bulk.ingest_processing import process_ingest
from salesforce_simulator.protocols.bulk.job import SERIAL, UNFINISHED, Job, State
from salesforce_simulator.protocols.bulk.outcomes import BATCH_ROWS
from salesforce_simulator.protocols.bulk.query_processing import process_query
from salesforce_simulator.protocols.bulk.store import JobStore

_log = logging.getLogger(__name__)
_JOBS_AT_ONCE = 2
_LOOKS_EVERY_SECONDS = 0.05

Steps = Generator[dict[str, int], None, None]


class Worker:
    """Processes jobs in threads of its own, two at once, in the order of their closing.

    A batch of a Serial job waits for those that were added before it.
    """

    def __init__(self, organisation: Organisation, store: JobStore, allotments: Allotments) -> None:
        self.faults = BatchFaults()
        self.batch_rows = BATCH_ROWS
        self._organisation = organisation
        self._store = store
        self._allotments = allotments
        self._ended = Condition()
        self._lines: dict[str, list[str]] = {}  # what is processed one after the other
        self._stopping = Event()
        self._released = Event()
        self._released.set()
        self._futures: dict[str, Future[None]] = {}
        self._threads = ThreadPoolExecutor(_JOBS_AT_ONCE, thread_name_prefix="bulk")

    def start(self) -> None:
        """Take up what an earlier process left unfinished."""
        for job in self._store.all():
            if job.state in UNFINISHED:
                self.submit(job.id)

    def submit(self, job_id: str) -> None:
        """Process a job as soon as a thread is free."""
        job = self._store.get(job_id)
        line = (job.concurrency_mode == SERIAL and job.parent_id) or job_id
        with self._ended:
            self._lines.setdefault(line, []).append(job_id)
            future = self._threads.submit(self._run, job_id, line)
        self._futures[job_id] = future
        future.add_done_callback(lambda _: self._futures.pop(job_id, None))

    def hold(self, *, held: bool) -> None:
        """Let no job begin, as when Salesforce is busy, until it is called with False."""
        if held:
            self._released.clear()
        else:
            self._released.set()

    async def let_go(self, job_id: str) -> None:
        """Wait until no thread works on a job; one that was aborted ends its batch first."""
        future = self._futures.get(job_id)
        if future is not None:
            await asyncio.shield(asyncio.wrap_future(future))

    def stop(self) -> None:
        """Stop between two batches; what is unfinished stays so until the next start."""
        self._stopping.set()
        with self._ended:
            self._ended.notify_all()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, job_id: str, line: str) -> None:
        try:
            if not self._may_begin(job_id, line):
                return
            job = self._store.move(job_id, State.IN_PROGRESS, from_states=UNFINISHED)
            self._process(job)
        except (JobFailedError, SalesforceError) as error:
            self._fail(job_id, _text(error))
        except Exception:  # noqa: BLE001 - a bug ends the job, not the worker
            _log.exception("job %s failed", job_id)
            self._fail(job_id, "InternalServerError : An unexpected error occurred")
        finally:
            self._leave(line, job_id)

    def _leave(self, line: str, job_id: str) -> None:
        with self._ended:
            self._lines[line].remove(job_id)
            if not self._lines[line]:
                del self._lines[line]
            self._ended.notify_all()

    def _may_begin(self, job_id: str, line: str) -> bool:
        """Wait while jobs are held, and for those before it in its line.

        False when the job or the process ends meanwhile.
        """
        while not self._released.wait(_LOOKS_EVERY_SECONDS):
            if self._stopping.is_set() or self._store.get(job_id).state not in UNFINISHED:
                return False
        with self._ended:
            self._ended.wait_for(lambda: self._stopping.is_set() or self._lines[line][0] == job_id)
        return not self._stopping.is_set()

    def _process(self, job: Job) -> None:
        started = time.monotonic()
        with closing(self._steps(job)) as steps:
            if not self._follow(job, steps):
                return
        spent = int((time.monotonic() - started) * 1000)
        self._store.move(
            job.id,
            State.JOB_COMPLETE,
            from_states={State.IN_PROGRESS},
            processing_milliseconds=spent,
        )
        self._organisation.forget_batches(f"{job.id}:")

    def _steps(self, job: Job) -> Steps:
        if job.is_query:
            return self._query_steps(job)
        return process_ingest(
            self._organisation, self._store, job, self._before_batch, self.batch_rows
        )

    def _query_steps(self, job: Job) -> Steps:
        self.faults.check()
        for counts in process_query(self._organisation, self._store, job):
            self.faults.check_result(counts["records_processed"])
            yield counts

    def _before_batch(self) -> None:
        self._allotments.batches.add()
        self.faults.check()

    def _follow(self, job: Job, steps: Steps) -> bool:
        # The counts are told after each step; an abort, or the end of the process, stops here.
        for counts in steps:
            if self._store.note(job.id, **counts).state is not State.IN_PROGRESS:
                return False
            if self._stopping.is_set():
                return False
        return True

    def _fail(self, job_id: str, message: str) -> None:
        # A job that was aborted or deleted meanwhile has its end already.
        with suppress(SalesforceError):
            self._store.move(job_id, State.FAILED, from_states=UNFINISHED, error_message=message)


def _text(error: JobFailedError | SalesforceError) -> str:
    if isinstance(error, SalesforceError):
        return f"InvalidBatch : {error.code}: {error.message}"
    return str(error)
