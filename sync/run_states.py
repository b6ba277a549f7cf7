"""What a run is, why it was started, and where it stands."""

from django.db import models


class RunKind(models.TextChoices):
    """Only a sync starts an interval: an import creates a list, a dry run changes nothing."""

    IMPORT = "import", "Import"
    SYNC = "sync", "Sync"
    DRY_RUN = "dry_run", "Preview"


class Trigger(models.TextChoices):
    """Why a run was started."""

    IMPORT = "import", "Import"
    SCHEDULE = "schedule", "Schedule"
    MANUAL = "manual", "Run Now"
    OVERRIDE = "override", "Run Now, interval overridden"
    PREVIEW = "preview", "Preview"


class RunState(models.TextChoices):
    """Where a run stands."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    INTERRUPTED = "interrupted", "Interrupted, resumes by itself"
    WAITING_FOR_ALLOWANCE = "waiting_for_allowance", "Waiting for allowance"
    SUCCEEDED = "succeeded", "Succeeded"
    SUCCEEDED_WITH_ERRORS = "succeeded_with_errors", "Succeeded with errors"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def colour(self) -> str:
        """The badge's colour in the kit."""
        return {
            "queued": "secondary",
            "running": "blue",
            "interrupted": "orange",
            "waiting_for_allowance": "orange",
            "succeeded": "green",
            "succeeded_with_errors": "yellow",
            "failed": "red",
            "cancelled": "secondary",
        }[self.value]


ACTIVE_STATES = (
    RunState.QUEUED,
    RunState.RUNNING,
    RunState.INTERRUPTED,
    RunState.WAITING_FOR_ALLOWANCE,
)
# No worker works on it: it stands in the queue, or the queue lets it wait for calls to Salesforce.
IDLE_STATES = (RunState.QUEUED, RunState.INTERRUPTED, RunState.WAITING_FOR_ALLOWANCE)
STARTED_STATES = ACTIVE_STATES[1:]
FINISHED_STATES = (
    RunState.SUCCEEDED,
    RunState.SUCCEEDED_WITH_ERRORS,
    RunState.FAILED,
    RunState.CANCELLED,
)


class Step(models.TextChoices):
    """What a run does, in this order; a step that its options do not ask for is skipped."""

    PULL = "pull", "Read from Salesforce"
    REMOVAL = "removal", "Remove what Salesforce no longer has"
    PUSH = "push", "Send to Salesforce"


# The code of a run that was given up because Salesforce did not answer, which passes by itself.
SALESFORCE_AWAY = "SALESFORCE_AWAY"


class FailureReason(models.TextChoices):
    """Who has to do something about a failed run."""

    CONNECTION = "connection", "The connection to Salesforce needs attention"
    CONFIGURATION = "config", "The set-up needs a change"
    PERMANENT = "permanent", "Salesforce refused"
    LIMIT = "limit", "A limit of Salesforce is reached"
    INTERNAL = "internal", "A mistake in this application"
