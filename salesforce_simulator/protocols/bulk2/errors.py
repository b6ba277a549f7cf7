"""Errors of the Bulk API 2.0 family: their codes have no underscores."""

from salesforce_simulator.protocols.bulk2.job import Job
from salesforce_simulator.transport.errors import HttpError


class JobFailedError(Exception):
    """Ends a whole job as Failed; the text is its ``errorMessage``."""


def invalid_job(message: str) -> HttpError:
    """Return the error of a job that cannot be made as asked."""
    return HttpError(400, "INVALIDJOB", message)


def invalid_entity(name: object) -> HttpError:
    """Return the error of an object that Bulk API does not serve."""
    return HttpError(400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")


def invalid_state(job: Job) -> HttpError:
    """Return the error of a request that the job's state does not allow."""
    return HttpError(400, "INVALIDJOBSTATE", f"Job {job.id} is in state {job.state}")


def version_mismatch(job: Job) -> HttpError:
    """Return the error of reading results with another API version than the job was made with."""
    return HttpError(
        409, "APIVERSIONMISMATCH", f"The job was created with version {job.api_version}"
    )


def invalid_locator() -> HttpError:
    """Return the error of a results locator that this job never gave."""
    return HttpError(400, "INVALIDLOCATOR", "Invalid locator")
