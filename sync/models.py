"""Jobs (what is set up), runs (one execution each), issues, and the lease of an account."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from acton_connector.accounts.scope import AccountOwned
from sync.field_models import Direction, FieldConflict, SyncJobField
from sync.notices.models import Notice, NoticeDelivery, NoticeReview, Webhook
from sync.run_states import (
    ACTIVE_STATES,
    FINISHED_STATES,
    SALESFORCE_AWAY,
    FailureReason,
    RunKind,
    RunState,
    Step,
    Trigger,
)

__all__ = [
    "ACTIVE_STATES",
    "FINISHED_STATES",
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
    "PullCursor",
    "RecordIssue",
    "RunKind",
    "RunState",
    "Step",
    "SyncJob",
    "SyncJobField",
    "SyncRun",
    "Trigger",
    "Webhook",
]

SHORTEST_INTERVAL_HOURS = 4
LONGEST_INTERVAL_HOURS = 24 * 31


class JobKind(models.TextChoices):
    """What a job keeps in step."""

    LIST = "list", "List"


class DuplicateAction(models.TextChoices):
    """What becomes of a record that a duplicate rule of Salesforce refuses."""

    SET_ASIDE = "set_aside", "Set the record aside and show the IDs of the matches"
    LINK = "link", "Link a new record to its match where there is exactly one; set others aside"
    SAVE = "save", "Save it all the same, as a second record of the same person"


class PersonKind(models.TextChoices):
    """What somebody whom Salesforce does not know becomes there."""

    LEAD = "Lead", "Lead"
    CONTACT = "Contact", "Contact"


class SyncJob(AccountOwned):
    """How a list and Salesforce are kept in step, and when.

    Nothing is selected until a person selects it. `next_due_at` is the queue: it is null for a
    job that nobody scheduled or that is paused, and the tick starts what lies in the past.

        (no schedule) --> scheduled --> paused (a person must look) --> scheduled
    """

    kind = models.CharField(max_length=20, choices=JobKind.choices, default=JobKind.LIST)
    list = models.OneToOneField(
        "lists.MarketingList", on_delete=models.CASCADE, related_name="sync_job"
    )

    push_add = models.BooleanField(default=False)
    push_add_as = models.CharField(
        max_length=20,
        choices=PersonKind.choices,
        blank=True,
        help_text="Of a campaign's list: what an unknown person becomes; blank: nobody is added.",
    )
    push_update = models.BooleanField(default=False)
    use_assignment_rule = models.BooleanField(default=False)
    duplicates = models.CharField(
        max_length=20, choices=DuplicateAction.choices, default=DuplicateAction.SET_ASIDE
    )
    pull_add = models.BooleanField(default=False)
    pull_update = models.BooleanField(default=False)
    remove_missing = models.BooleanField(default=False)

    every_hours = models.PositiveIntegerField(null=True, blank=True)
    start_time = models.TimeField(null=True, blank=True)
    start_date = models.DateField(null=True, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.TextField(blank=True)
    last_started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(every_hours__isnull=True)
                | Q(every_hours__range=(SHORTEST_INTERVAL_HOURS, LONGEST_INTERVAL_HOURS)),
                name="sync_syncjob_at_least_four_hours_apart",
            ),
            models.CheckConstraint(
                condition=Q(
                    every_hours__isnull=True, start_time__isnull=True, start_date__isnull=True
                )
                | Q(every_hours__isnull=False, start_time__isnull=False, start_date__isnull=False),
                name="sync_syncjob_schedule_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(next_due_at__isnull=True)
                | Q(every_hours__isnull=False, pause_reason=""),
                name="sync_syncjob_due_means_scheduled_and_not_paused",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_due_at"],
                condition=Q(next_due_at__isnull=False),
                name="sync_syncjob_due",
            ),
            # Finds the starts that are still to come, once the clock was set back.
            models.Index(fields=["last_started_at"], name="sync_syncjob_last_started"),
        ]

    def __str__(self) -> str:
        return f"Sync of {self.list}"


class PullCursor(AccountOwned):
    """How far the pulls of a job have come: the next one reads what changed since.

    It moves when a pull ended whole and nothing that it found missing is still in the list.
    `reached_at` is a SystemModstamp, by Salesforce's clock; the other two are when the run that
    moved the cursor, and the last one that read everything, began, by the database's. `covers`
    is what those pulls took over: a job that wants more than that reads everything once.
    """

    job = models.OneToOneField(SyncJob, on_delete=models.CASCADE, related_name="cursor")
    reached_at = models.DateTimeField()
    read_at = models.DateTimeField()
    whole_read_at = models.DateTimeField()
    covers = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(whole_read_at__lte=models.F("read_at")),
                name="sync_pullcursor_changes_follow_a_whole_read",
            )
        ]

    def __str__(self) -> str:
        return f"Cursor of {self.job}"


class SyncRun(AccountOwned):
    """One execution of a job, on a frozen copy of its options.

        queued --> running --> succeeded | succeeded_with_errors | failed | cancelled
                     |  ^
                     v  |
                 interrupted (its lease ran out; resumes at its checkpoint)

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
    options = models.JSONField()

    state = models.CharField(max_length=30, choices=RunState.choices, default=RunState.QUEUED)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
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
                condition=~Q(state__in=[RunState.RUNNING, RunState.INTERRUPTED])
                | Q(started_at__isnull=False),
                name="sync_syncrun_started_has_its_time",
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
                fields=["account", "queued_at"],
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
