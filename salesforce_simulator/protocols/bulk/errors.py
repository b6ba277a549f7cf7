"""Errors of the Bulk API 2.0 family: their codes have no underscores."""

from salesforce_simulator.protocols.bulk.job import Job, State
from salesforce_simulator.transport.errors import HttpError

_MOVES = {State.ABORTED: "Aborting", State.UPLOAD_COMPLETE: "Closing", State.CLOSED: "Closing"}
_IN_WORDS = {State.JOB_COMPLETE: "Completed"}


class JobFailedError(Exception):
    """Ends a whole job or batch as Failed; the text is its message."""


def invalid_job(message: str) -> HttpError:
    """Return the error of a job that cannot be made as asked."""
    return HttpError(400, "INVALIDJOB", message)


def invalid_entity(name: object) -> HttpError:
    """Return the error of an object that Bulk API does not serve."""
    return HttpError(400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")


def invalid_state(job: Job) -> HttpError:
    """Return the error of a request that the job's state does not allow."""
    return HttpError(400, "INVALIDJOBSTATE", f"Job {job.id} is in state {job.state}")


def invalid_move(job: Job, to: State) -> HttpError:
    """Return the error of closing or aborting a job that has left that state behind."""
    if to not in _MOVES:
        return invalid_state(job)
    state = _IN_WORDS.get(job.state, job.state)
    return HttpError(400, "INVALIDJOBSTATE", f"{_MOVES[to]} already {state} Job not allowed")


def version_mismatch(job: Job) -> HttpError:
    """Return the error of reading results with another API version than the job was made with."""
    return HttpError(
        409, "APIVERSIONMISMATCH", f"The job was created with version {job.api_version}"
    )


def invalid_locator() -> HttpError:
    """Return the error of a results locator that this job never gave."""
    return HttpError(400, "INVALIDLOCATOR", "Invalid locator")
