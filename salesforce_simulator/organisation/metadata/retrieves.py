"""Retrievals: queued, and run in the background like deployments."""

from collections.abc import Callable
from dataclasses import replace

from salesforce_simulator.organisation.clock import Clock
from salesforce_simulator.organisation.metadata.components import Component
from salesforce_simulator.organisation.metadata.jobs import RETRIEVE_PREFIX, JobTable
from salesforce_simulator.organisation.metadata.package import MANIFEST
from salesforce_simulator.organisation.metadata.reading import Reader, build_zip
from salesforce_simulator.organisation.metadata.results import (
    RetrieveJob,
    RetrieveRequest,
    Status,
)
from salesforce_simulator.organisation.metadata.workspaces import Workspaces
from salesforce_simulator.organisation.session import Session


class Retrieves:
    """All retrievals of one organisation."""

    def __init__(
        self, workspaces: Workspaces, jobs: JobTable, clock: Clock, submit: Callable[[str], None]
    ) -> None:
        """`submit` lets `run` be called with a job's id in the background."""
        self._workspaces = workspaces
        self._jobs = jobs
        self._clock = clock
        self._submit = submit

    def create(self, session: Session, request: RetrieveRequest) -> RetrieveJob:
        """Queue a retrieval and return it."""
        job_id = self._jobs.next_id(RETRIEVE_PREFIX)
        job = RetrieveJob(job_id, session.user_id, self._clock.stamp(), request)
        self._jobs.save(job)
        self._submit(job.id)
        return job

    def get(self, job_id: str) -> tuple[RetrieveJob, bytes]:
        """Return a retrieval as it stands, with its zip when it is done."""
        return self._jobs.retrieve(job_id)

    def run(self, job_id: str) -> None:
        """Run a queued retrieval to its end."""
        job, _ = self._jobs.retrieve(job_id)
        request = job.request
        path = MANIFEST if request.single_package else f"unpackaged/{MANIFEST}"
        with self._workspaces.open(job.created_by) as work:
            reader = Reader(work)
            found = list(reader.asked_for(request))
            components = [item for item in found if isinstance(item, Component)]
            properties = tuple(reader.properties(item) for item in components)
        messages = tuple((path, item) for item in found if isinstance(item, str))
        job = replace(job, status=Status.SUCCEEDED, properties=properties, messages=messages)
        self._jobs.save(job, build_zip(components, request))

    def fail(self, job: RetrieveJob, code: str, message: str) -> None:
        """End a retrieval that has failed."""
        self._jobs.save(replace(job, status=Status.FAILED, error_code=code, error_message=message))
