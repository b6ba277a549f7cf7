"""What is set up: a job for each list, its schedule, and how far its pulls have come."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from acton_connector.accounts.scope import AccountOwned

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
