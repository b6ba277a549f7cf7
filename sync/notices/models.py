"""Notices, what was sent of them, and the accounts that are to be looked at."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from acton_connector.accounts.encryption import EncryptedTextField
from acton_connector.accounts.scope import AccountOwned


class NoticeKind(models.TextChoices):
    """What can be wrong for a while."""

    RUN_FAILED = "run_failed", "A sync failed"
    SCHEDULE_PAUSED = "schedule_paused", "A schedule is paused"
    REMOVALS_HELD = "removals_held", "Removals wait for a person"
    STARTS_MISSED = "starts_missed", "Two starts were missed"
    CONNECTION_PAUSED = "connection_paused", "The connection is paused"

    @property
    def colour(self) -> str:
        """The badge's colour in the kit."""
        return {
            "run_failed": "red",
            "schedule_paused": "orange",
            "removals_held": "yellow",
            "starts_missed": "orange",
            "connection_paused": "red",
        }[self.value]


class Notice(AccountOwned):
    """A cause that lasts: opened once, however many runs meet it, and closed when it is over.

        opened --> (told anew when its `code` changes: `telling` rises) --> closed

    `job` is what it is about, null for the connection and for a list that was deleted since.
    `run` is the last run that met the cause: a run is told of once.
    """

    kind = models.CharField(max_length=20, choices=NoticeKind.choices)
    job = models.ForeignKey("sync.SyncJob", on_delete=models.SET_NULL, null=True, related_name="+")
    run = models.ForeignKey("sync.SyncRun", on_delete=models.SET_NULL, null=True, related_name="+")
    code = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=400)
    text = models.TextField()
    advice = models.TextField(blank=True)
    path = models.CharField(max_length=300)
    telling = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-opened_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "kind", "job"],
                condition=Q(closed_at__isnull=True, job__isnull=False),
                name="sync_notice_one_open_per_job_and_kind",
            ),
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=Q(closed_at__isnull=True, job__isnull=True),
                name="sync_notice_one_open_per_kind_without_a_job",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False)
                | Q(kind=NoticeKind.CONNECTION_PAUSED, job__isnull=True)
                | ~Q(kind=NoticeKind.CONNECTION_PAUSED) & Q(job__isnull=False),
                name="sync_notice_open_one_is_of_a_job_or_the_connection",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="sync_notice_closed_after_it_was_opened",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["closed_at"],
                condition=Q(closed_at__isnull=False),
                name="sync_notice_over",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_member(self) -> NoticeKind:
        """The kind as a member of its enum, for the badge."""
        return NoticeKind(self.kind)


class Channel(models.TextChoices):
    """The ways that a notice goes."""

    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class News(models.TextChoices):
    """What is told of a notice."""

    OPENED = "opened", "Opened"
    OVER = "over", "Over"


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", "On its way"
    DELIVERED = "delivered", "Delivered"
    GIVEN_UP = "given_up", "Given up"

    @property
    def colour(self) -> str:
        """The badge's colour in the kit."""
        return {"waiting": "blue", "delivered": "green", "given_up": "red"}[self.value]


class NoticeDelivery(AccountOwned):
    """One message to one address, written with the change of its notice.

        waiting --> delivered | given up (after a day, or when nobody is to be told any more)

    `next_try_at` is the queue. An attempt is counted, and the next one set, before it is made: a
    worker that dies in the middle is followed by another try. Title and text are those of the
    moment, for the notice may change before they are sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    news = models.CharField(max_length=10, choices=News.choices)
    telling = models.PositiveIntegerField()
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    title = models.CharField(max_length=400)
    text = models.TextField()
    made_at = models.DateTimeField()
    state = models.CharField(
        max_length=20, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last try failed.")

    class Meta:
        ordering: ClassVar = ["made_at", "telling", "address"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["notice", "news", "telling", "channel", "address"],
                name="sync_noticedelivery_one_per_address_and_telling",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=DeliveryState.WAITING,
                    next_try_at__isnull=False,
                    settled_at__isnull=True,
                )
                | ~Q(state=DeliveryState.WAITING)
                & Q(next_try_at__isnull=True, settled_at__isnull=False),
                name="sync_noticedelivery_waiting_means_due",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.DELIVERED) | Q(attempts__gte=1),
                name="sync_noticedelivery_delivered_by_an_attempt",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="sync_noticedelivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.address})"

    @property
    def state_member(self) -> DeliveryState:
        """The state as a member of its enum, for the badge."""
        return DeliveryState(self.state)


class NoticeReview(AccountOwned):
    """An account in which something changed: its causes and notices are to be compared.

    Written in the transaction of the change and removed in the transaction of the review, so that
    nothing is overlooked and an account in which nothing happens costs nothing.
    """

    asked_at = models.DateTimeField()
    late_jobs = models.JSONField(
        default=list, help_text="Ids of jobs whose starts had passed twice when the tick looked."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account"], name="sync_noticereview_one_per_account")
        ]

    def __str__(self) -> str:
        return f"Review of account {self.account_id}"


class Webhook(AccountOwned):
    """Where an account's notices are posted, and the secret that they are signed with.

    The address is encrypted too: chat systems put a token into it. `host` is the part of it that
    pages, deliveries and the audit log show.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = EncryptedTextField()
    secret = EncryptedTextField()
    host = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account"], name="sync_webhook_one_per_account"),
            models.CheckConstraint(
                condition=~Q(host="") & ~Q(url="") & ~Q(secret=""),
                name="sync_webhook_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.host
