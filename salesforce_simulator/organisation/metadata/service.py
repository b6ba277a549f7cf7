"""The Metadata API's calls as the protocols see them: who may make them, and what runs them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from logging import getLogger
from typing import Any

from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.deploys import Deploys, StoppedError
from salesforce_simulator.organisation.metadata.jobs import DEPLOY_PREFIX, JobTable
from salesforce_simulator.organisation.metadata.records import Records
from salesforce_simulator.organisation.metadata.results import (
    DeployJob,
    DeployOptions,
    FileProperties,
    RetrieveJob,
    RetrieveRequest,
    SaveOutcome,
)
from salesforce_simulator.organisation.metadata.retrieves import Retrieves
from salesforce_simulator.organisation.metadata.workspaces import Workspaces
from salesforce_simulator.organisation.permissions import Permissions
from salesforce_simulator.organisation.session import Session

_log = getLogger(__name__)
_PERMISSIONS = ("ModifyMetadata", "ModifyAllData")
_NO_ACCESS = (
    "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"
)
_BUG = ("UNKNOWN_EXCEPTION", "UNKNOWN_EXCEPTION: An unexpected error occurred.")


class Metadata:
    """The metadata of one organisation.

    Each call raises INSUFFICIENT_ACCESS for a user who may not use the API.
    """

    def __init__(
        self, workspaces: Workspaces, jobs: JobTable, permissions: Permissions, clock: Clock
    ) -> None:
        self._workspaces = workspaces
        self._jobs = jobs
        self._permissions = permissions
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="metadata")
        self._deploys = Deploys(workspaces, jobs, clock, self._submit)
        self._retrieves = Retrieves(workspaces, jobs, clock, self._submit)
        self._records = Records(workspaces)

    def start(self) -> None:
        """Take up what an earlier process left unfinished."""
        for job_id in self._jobs.unfinished():
            self._submit(job_id)

    def close(self) -> None:
        """Stop between two components; what is unfinished stays so until the next start."""
        self._deploys.stopping.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def check_access(self, session: Session) -> None:
        """Raise INSUFFICIENT_ACCESS unless the user may change metadata."""
        if not any(self._permissions.permits(session.user_id, name) for name in _PERMISSIONS):
            raise SalesforceError("INSUFFICIENT_ACCESS", _NO_ACCESS)

    def deploy(self, session: Session, archive: bytes, options: DeployOptions) -> DeployJob:
        """Queue the deployment of a zip and return it."""
        self.check_access(session)
        return self._deploys.create(session, archive, options)

    def deploy_status(self, session: Session, job_id: str) -> DeployJob:
        """Return a deployment as it stands; INVALID_CROSS_REFERENCE_KEY for an unknown one."""
        self.check_access(session)
        return self._deploys.get(job_id)

    def cancel_deploy(self, session: Session, job_id: str) -> DeployJob:
        """Ask for the end of a deployment; INVALID_ID_FIELD when it has come already."""
        self.check_access(session)
        return self._deploys.cancel(session, job_id)

    def retrieve(self, session: Session, request: RetrieveRequest) -> RetrieveJob:
        """Queue a retrieval and return it."""
        self.check_access(session)
        return self._retrieves.create(session, request)

    def retrieve_status(self, session: Session, job_id: str) -> tuple[RetrieveJob, bytes]:
        """Return a retrieval as it stands, with its zip when it is done."""
        self.check_access(session)
        return self._retrieves.get(job_id)

    def job_status(self, session: Session, job_id: str) -> DeployJob | RetrieveJob:
        """Return a deployment or a retrieval as it stands."""
        if job_id.startswith(DEPLOY_PREFIX):
            return self.deploy_status(session, job_id)
        return self.retrieve_status(session, job_id)[0]

    def list(
        self, session: Session, queries: Sequence[tuple[str, str | None]]
    ) -> list[FileProperties]:
        """Return what there is of up to three types, each with a folder or None."""
        self.check_access(session)
        return self._records.list(session, queries)

    def read(
        self, session: Session, type_name: str, names: Sequence[str]
    ) -> Sequence[Component | None]:
        """Return components by name, None where there is none."""
        self.check_access(session)
        return self._records.read(session, type_name, names)

    def save(
        self, session: Session, components: Sequence[Component], *, create: bool, update: bool
    ) -> Sequence[SaveOutcome]:
        """Create components, change them, or with both whichever fits."""
        self.check_access(session)
        return self._records.save(session, components, create=create, update=update)

    def rename(self, session: Session, type_name: str, old: str, new: str) -> SaveOutcome:
        """Rename a custom object; INVALID_TYPE for components of other types."""
        self.check_access(session)
        return self._records.rename(session, type_name, old, new)

    def delete(
        self, session: Session, type_name: str, names: Sequence[str]
    ) -> Sequence[SaveOutcome]:
        """Delete components by name."""
        self.check_access(session)
        return self._records.delete(session, type_name, names)

    def web_links(self, sobject: str) -> dict[str, dict[str, Any]]:
        """Return an object's buttons and links by name, which every user may know."""
        return self._workspaces.web_links(sobject)

    def _submit(self, job_id: str) -> None:
        self._threads.submit(self._run, job_id)

    def _run(self, job_id: str) -> None:
        is_deploy = job_id.startswith(DEPLOY_PREFIX)
        try:
            (self._deploys.run if is_deploy else self._retrieves.run)(job_id)
        except StoppedError:
            return
        except Exception:  # noqa: BLE001 - a bug ends the job, not the worker
            _log.exception("metadata job %s failed", job_id)
            if is_deploy:
                self._deploys.fail(self._deploys.get(job_id), *_BUG)
            else:
                self._retrieves.fail(self._retrieves.get(job_id)[0], *_BUG)
