"""Deployments: queued, run one after the other in the background, canceled."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event, Lock
from typing import Any

from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata.deployment import Deployment
from salesforce_simulator.organisation.metadata.jobs import DEPLOY_PREFIX, JobTable, with_progress
from salesforce_simulator.organisation.metadata.package import (
    MANIFEST,
    PackageError,
    read_package,
)
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.results import (
    DeployJob,
    DeployMessage,
    DeployOptions,
    Status,
)
from salesforce_simulator.organisation.metadata.workspace import Workspace
from salesforce_simulator.organisation.metadata.workspaces import Workspaces
from salesforce_simulator.organisation.session import Session


class StoppedError(Exception):
    """Leaves a deployment whose process ends; the next process begins it anew."""


class _CanceledError(Exception):
    """Leaves a deployment that was canceled, so that it is taken back."""


class _TakenBackError(Exception):
    """Leaves a deployment whose changes must not stay."""


class Deploys:
    """All deployments of one organisation."""

    def __init__(
        self, workspaces: Workspaces, jobs: JobTable, clock: Clock, submit: Callable[[str], None]
    ) -> None:
        """`submit` lets `run` be called with a job's id in the background."""
        self._workspaces = workspaces
        self._jobs = jobs
        self._clock = clock
        self._submit = submit
        self._canceled: set[str] = set()
        self._lock = Lock()
        self.stopping = Event()

    def create(self, session: Session, archive: bytes, options: DeployOptions) -> DeployJob:
        """Queue a deployment and return it."""
        stamp = self._clock.stamp()
        job = DeployJob(
            id=self._jobs.next_id(DEPLOY_PREFIX),
            created_by=session.user_id,
            created_by_name=session.user["Name"],
            created_at=stamp,
            modified_at=stamp,
            options=options,
        )
        self._jobs.save(job, archive)
        self._submit(job.id)
        return job

    def get(self, job_id: str) -> DeployJob:
        """Return a deployment as it stands; INVALID_CROSS_REFERENCE_KEY for an unknown one."""
        return self._jobs.deploy(job_id)

    def cancel(self, session: Session, job_id: str) -> DeployJob:
        """Ask for the end of a deployment that is not done; it comes before the next component."""
        with self._lock:
            job = self._jobs.deploy(job_id)
            if job.done:
                message = "Deployment already completed: it cannot be canceled"
                raise SalesforceError("INVALID_ID_FIELD", message)
            self._canceled.add(job.id)
            job = replace(
                job,
                status=Status.CANCELING,
                canceled_by=session.user_id,
                canceled_by_name=session.user["Name"],
            )
            self._jobs.note(job)
        return job

    def run(self, job_id: str) -> None:
        """Run a queued deployment to its end."""
        job = self._jobs.deploy(job_id)
        stamp = self._clock.stamp()
        job = replace(job, status=Status.IN_PROGRESS, started_at=stamp, modified_at=stamp)
        self._note(job)
        messages: list[DeployMessage] = []
        try:
            with self._workspaces.open(job.created_by) as work:
                messages += self._deploy(work, job)
                failed = any(not message.success for message in messages)
                if job.options.check_only or (failed and job.options.rollback_on_error):
                    raise _TakenBackError  # noqa: TRY301 - it has to leave the transaction
                self._jobs.save(self._with_outcome(job, messages))
        except _TakenBackError:
            self._jobs.save(self._with_outcome(job, messages))
        except _CanceledError:
            self._jobs.save(self._ended(self._jobs.deploy(job.id), status=Status.CANCELED))
        except PackageError as error:
            self.fail(job, error.code, error.message)

    def fail(self, job: DeployJob, code: str, message: str) -> None:
        """End a deployment that has failed as a whole."""
        ended = self._ended(job, status=Status.FAILED, error_code=code, error_message=message)
        self._jobs.save(ended)

    def _deploy(self, work: Workspace, job: DeployJob) -> list[DeployMessage]:
        """Deploy a job's package and return the messages."""

        def watch(total: int, messages: list[DeployMessage]) -> None:
            if self.stopping.is_set():
                raise StoppedError
            if job.id in self._canceled:
                raise _CanceledError
            self._note(with_progress(job, total, messages))

        watch(0, [])
        try:
            archive = self._jobs.archive(job.id)
            package = read_package(archive, single_package=job.options.single_package)
        except ComponentError as error:
            return [_manifest_failure(error)]
        return Deployment(work, package, job.options, watch).run()

    def _note(self, job: DeployJob) -> None:
        with self._lock:
            if job.id not in self._canceled:
                self._jobs.note(job)

    def _with_outcome(self, job: DeployJob, messages: list[DeployMessage]) -> DeployJob:
        """Return a deployment that has come to its end, as its messages tell."""
        job = with_progress(job, 0, messages)
        job = replace(job, total=job.deployed + job.errors)
        status = Status.SUCCEEDED
        if job.errors:
            saved = job.deployed and not job.options.rollback_on_error
            status = Status.SUCCEEDED_PARTIAL if saved else Status.FAILED
        return self._ended(job, status=status, messages=tuple(messages))

    def _ended(self, job: DeployJob, **changes: Any) -> DeployJob:
        stamp = self._clock.stamp()
        return replace(job, completed_at=stamp, modified_at=stamp, **changes)


def _manifest_failure(error: ComponentError) -> DeployMessage:
    return DeployMessage(
        MANIFEST,
        MANIFEST,
        "",
        success=False,
        problem=error.problem,
        problem_type="Error",
        line=error.line,
        column=error.column,
    )
