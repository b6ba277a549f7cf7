"""Runs (one execution of a job each), their issues, and the lease of an account.

What is set up stands in `job_models` and `field_models`; everything is imported from here.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from acton_connector.accounts.scope import AccountOwned
from sync.field_models import Direction, FieldConflict, SyncJobField
from sync.job_models import (
    LONGEST_INTERVAL_HOURS,
    SHORTEST_INTERVAL_HOURS,
    DuplicateAction,
    JobKind,
    PersonKind,
    PullCursor,
    SyncJob,
    Timetable,
)
from sync.notices.models import Notice, NoticeDelivery, NoticeReview, Webhook
from sync.run_states import (
    ACTIVE_STATES,
    FINISHED_STATES,
    IDLE_STATES,
    SALESFORCE_AWAY,
    STARTED_STATES,
    FailureReason,
    RunKind,
    RunState,
    Step,
    Trigger,
)

__all__ = [
    "ACTIVE_STATES",
    "FINISHED_STATES",
    "IDLE_STATES",
    "LONGEST_INTERVAL_HOURS",
    "SALESFORCE_AWAY",
    "SHORTEST_INTERVAL_HOURS",
    "AccountLease",
    "Direction",
    "DuplicateAction",
    "FailureReason",
    "FieldConflict",
    "JobKind",
    "Notice",
    "NoticeDelivery",
    "NoticeReview",
    "PersonKind",
    "PullCursor",
    "RecordIssue",
    "RunKind",
    "RunState",
    "Step",
    "SyncJob",
    "SyncJobField",
    "SyncRun",
    "Timetable",
    "Trigger",
    "Webhook",
]


class SyncRun(AccountOwned):
    """One execution of a job, on a frozen copy of its options.

        queued --> running --> succeeded | succeeded_with_errors | failed | cancelled
                     |  ^
                     v  |
                 interrupted (its lease ran out; resumes at its checkpoint)
                 waiting_for_allowance (no call may be made before `resume_at`; the same)

    `checkpoint` is what the current step needs to go on after a crash; it moves in the same
    transaction as what it speaks of, under the fence of the lease.
    """

    job = models.ForeignKey(SyncJob, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=20, choices=RunKind.choices)
    trigger = models.CharField(max_length=20, choices=Trigger.choices)
    requested_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    override_reason = models.CharField(max_length=500, blank=True)
    options = models.JSONField(
        null=True, help_text="Null until a run starts that its schedule queued."
    )

    state = models.CharField(max_length=30, choices=RunState.choices, default=RunState.QUEUED)
    priority = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(help_text="By this a run stands in the queue of its kind.")
    merged_starts = models.PositiveIntegerField(
        default=0, help_text="Later starts of its schedule that came due while it was not done."
    )
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    resume_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on there may be calls to Salesforce again."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=20, choices=Step.choices, blank=True)
    checkpoint = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=0)
    read_since = models.DateTimeField(
        null=True, blank=True, help_text="The pull reads what changed since; null: everything."
    )
    read_reason = models.CharField(
        max_length=300, blank=True, help_text="What the pull reads, and why."
    )

    records_expected = models.PositiveIntegerField(default=0)
    records_read = models.PositiveIntegerField(default=0)
    records_added = models.PositiveIntegerField(default=0)
    records_updated = models.PositiveIntegerField(default=0)
    records_unchanged = models.PositiveIntegerField(default=0)
    records_overruled = models.PositiveIntegerField(default=0)
    records_upheld = models.PositiveIntegerField(default=0)
    conflicts_found = models.PositiveIntegerField(default=0)
    records_removed = models.PositiveIntegerField(default=0)
    records_pushed_new = models.PositiveIntegerField(default=0)
    records_pushed_changed = models.PositiveIntegerField(default=0)
    records_linked = models.PositiveIntegerField(default=0)
    records_followed = models.PositiveIntegerField(
        default=0, help_text="Records whose counterpart was merged or converted in Salesforce."
    )
    records_failed = models.PositiveIntegerField(default=0)
    characters_replaced = models.PositiveIntegerField(
        default=0, help_text="Characters that no text can hold; the list has U+FFFD in their place."
    )
    removals_held = models.PositiveIntegerField(default=0)
    api_calls = models.PositiveIntegerField(default=0)

    warnings = models.JSONField(
        default=list,
        help_text="What the run left out: objects of text, advice, and whether it is_error.",
    )
    failure_reason = models.CharField(max_length=20, choices=FailureReason.choices, blank=True)
    failure_code = models.CharField(
        max_length=80, blank=True, help_text="Salesforce's code, or ours; blank: see the message."
    )
    message = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True, help_text="What a dry run found.")

    class Meta:
        ordering: ClassVar = ["-queued_at", "-pk"]
        constraints: ClassVar = [
            # A dry run takes no place from the sync that is due meanwhile.
            models.UniqueConstraint(
                fields=["job"],
                condition=Q(state__in=ACTIVE_STATES) & ~Q(kind=RunKind.DRY_RUN),
                name="sync_syncrun_one_active_per_job",
            ),
            models.UniqueConstraint(
                fields=["job"],
                condition=Q(state__in=ACTIVE_STATES, kind=RunKind.DRY_RUN),
                name="sync_syncrun_one_active_dry_run_per_job",
            ),
            models.CheckConstraint(
                condition=Q(kind=RunKind.DRY_RUN) | Q(result__isnull=True),
                name="sync_syncrun_result_is_of_a_dry_run",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINISHED_STATES, finished_at__isnull=False)
                | Q(state__in=ACTIVE_STATES, finished_at__isnull=True),
                name="sync_syncrun_finished_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=STARTED_STATES) | Q(started_at__isnull=False),
                name="sync_syncrun_started_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.WAITING_FOR_ALLOWANCE, resume_at__isnull=False)
                | (~Q(state=RunState.WAITING_FOR_ALLOWANCE) & Q(resume_at__isnull=True)),
                name="sync_syncrun_waits_for_allowance_until",
            ),
            models.CheckConstraint(
                condition=Q(options__isnull=False)
                | Q(state__in=[RunState.QUEUED, RunState.CANCELLED]),
                name="sync_syncrun_started_has_its_options",
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.FAILED) & ~Q(failure_reason="")
                | ~Q(state=RunState.FAILED) & Q(failure_reason=""),
                name="sync_syncrun_failed_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(read_since__isnull=True) | ~Q(read_reason=""),
                name="sync_syncrun_reading_changes_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(trigger=Trigger.OVERRIDE) | ~Q(override_reason=""),
                name="sync_syncrun_override_has_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "priority", "due_at"],
                condition=Q(state__in=ACTIVE_STATES),
                name="sync_syncrun_queue",
            )
        ]

    def __str__(self) -> str:
        return f"Run {self.pk} of {self.job}"

    @property
    def is_active(self) -> bool:
        """Whether the run can still move."""
        return self.state in ACTIVE_STATES

    @property
    def is_idle(self) -> bool:
        """Whether the run waits: it can still move, and no worker works on it."""
        return self.state in IDLE_STATES

    @property
    def next_step(self) -> Step | None:
        """The step that a waiting run goes on with, None for one that begins, or begins anew."""
        if not self.is_idle or not self.step or self.is_dry_run:
            return None
        return Step(self.step)

    @property
    def is_dry_run(self) -> bool:
        """Whether the run only tells what a sync would do."""
        return self.kind == RunKind.DRY_RUN

    @property
    def has_left_out(self) -> bool:
        """Whether the run left something out that no person has looked at yet."""
        return any(warning["is_error"] for warning in self.warnings)


class RecordIssue(AccountOwned):
    """A record that a run set aside, with Salesforce's reason and what to do about it."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="issues")
    direction = models.CharField(max_length=10, choices=Direction.choices)
    record_key = models.CharField(
        max_length=64, help_text="Our record id, or Salesforce's where we have none."
    )
    salesforce_id = models.CharField(max_length=18, blank=True)
    label = models.CharField(max_length=254, blank=True, help_text="What a person knows it by.")
    code = models.CharField(max_length=80)
    message = models.TextField()
    advice = models.TextField(blank=True)
    fields = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            # A step that is done again after a crash tells an issue once.
            models.UniqueConstraint(
                fields=["run", "direction", "record_key"], name="sync_recordissue_told_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class AccountLease(models.Model):
    """The right to run a sync in an account: at most one holder at a time.

    Every claim raises `fence`. Whoever writes for a run names the fence of its claim; a writer
    whose fence is old changes no row and stops.
    """

    account = models.OneToOneField(
        "accounts.Account", on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    run = models.ForeignKey(SyncRun, on_delete=models.SET_NULL, null=True, related_name="+")
    fence = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(run__isnull=True) | Q(expires_at__isnull=False),
                name="sync_accountlease_holder_has_an_end",
            )
        ]

    def __str__(self) -> str:
        return f"Lease of {self.account} (fence {self.fence})"
