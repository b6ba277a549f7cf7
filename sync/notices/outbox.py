"""The outbox: deliveries that are due, each claimed by counting its attempt before it is made."""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from celery import current_app
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from acton_connector.accounts.scope import account_scope
from sync.lease import from_now
from sync.notices.causes import one_line
from sync.notices.mail import send_mail
from sync.notices.models import Channel, DeliveryState, NoticeDelivery
from sync.notices.recipients import is_still_told
from sync.notices.webhooks import send_to_webhook

log = structlog.get_logger(__name__)

# Between the attempts; the last wait is repeated until a day is over.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
GIVEN_UP_AFTER = timedelta(days=1)
ROUND_SECONDS = 60.0
DOORBELL_LIFETIME_SECONDS = 30

SENDERS: dict[str, Callable[[NoticeDelivery], None]] = {
    Channel.EMAIL: send_mail,
    Channel.WEBHOOK: send_to_webhook,
}


def ring_outbox() -> None:
    """Tell a worker when something is due. Without a broker the next tick rings again."""
    if not list_due().exists():
        return
    try:
        current_app.send_task("sync.deliver_notices", expires=DOORBELL_LIFETIME_SECONDS)
    except (OperationalError, OSError):
        log.warning("outbox.broker_away", exc_info=True)


def list_due() -> QuerySet[NoticeDelivery]:
    """Return what is to be sent now, oldest first.

    That something is over waits until its address was told, or will not be told, that it began.
    """
    earlier = NoticeDelivery.objects.unscoped().filter(
        notice=OuterRef("notice"),
        channel=OuterRef("channel"),
        address=OuterRef("address"),
        made_at__lt=OuterRef("made_at"),
        state=DeliveryState.WAITING,
    )
    due = NoticeDelivery.objects.unscoped().filter(~Exists(earlier), next_try_at__lte=Now())
    return due.order_by("next_try_at", "made_at")


def deliver_due(clock: Callable[[], float] = time.monotonic) -> int:
    """Send what is due for at most a minute; return how many deliveries arrived.

    A channel that cannot be reached keeps none of the others waiting: what is not due any more, or
    not tried for want of time, is found by the next round.
    """
    deadline = clock() + ROUND_SECONDS
    delivered = 0
    for pk, attempts in list(list_due().values_list("pk", "attempts")):
        if clock() > deadline:
            break
        delivered += _deliver(pk, attempts)
    return delivered


def _deliver(pk: UUID, attempts: int) -> bool:
    if not _claim(pk, attempts):
        return False  # another worker has it
    found = NoticeDelivery.objects.unscoped().select_related("account", "notice")
    delivery = found.get(pk=pk)
    with account_scope(delivery.account_id):
        if not is_still_told(delivery.account, delivery.channel, delivery.address):
            _settle(pk, DeliveryState.GIVEN_UP, "Nobody is told at this address any more.")
            return False
        try:
            SENDERS[delivery.channel](delivery)
        except (OSError, ValueError) as error:
            log.warning("outbox.not_delivered", delivery=str(pk), error=type(error).__name__)
            _note_failure(delivery, one_line(str(error))[:300])
            return False
        _settle(pk, DeliveryState.DELIVERED, "")
    return True


def _claim(pk: UUID, attempts: int) -> bool:
    """Count an attempt and set the next one; False when somebody else did."""
    wait = WAITS[min(attempts, len(WAITS) - 1)]
    return bool(
        NoticeDelivery.objects.unscoped()
        .filter(pk=pk, attempts=attempts, next_try_at__lte=Now())
        .update(attempts=F("attempts") + 1, next_try_at=from_now(wait))
    )


def _note_failure(delivery: NoticeDelivery, problem: str) -> None:
    is_last = (
        delivery.next_try_at is None or delivery.next_try_at > delivery.made_at + GIVEN_UP_AFTER
    )
    if is_last:
        _settle(delivery.pk, DeliveryState.GIVEN_UP, problem)
    else:
        NoticeDelivery.objects.filter(pk=delivery.pk).update(problem=problem)


def _settle(pk: UUID, state: DeliveryState, problem: str) -> None:
    NoticeDelivery.objects.filter(pk=pk, state=DeliveryState.WAITING).update(
        state=state, next_try_at=None, settled_at=Now(), problem=problem
    )
