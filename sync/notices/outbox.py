"""The outbox: deliveries that are due, each claimed by counting its attempt before it is made."""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from acton_connector.accounts.scope import account_scope
from sync.notices.causes import one_line
from sync.notices.mail import send_mail
from sync.notices.models import Channel, DeliveryState, NoticeDelivery
from sync.notices.recipients import is_still_told
from sync.notices.webhooks import send_to_webhook
from sync.queue.clock_jumps import NOTICEABLE
from sync.queue.lease import from_now

log = structlog.get_logger(__name__)

# Between the attempts; the last wait is repeated until a day is over.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
GIVEN_UP_AFTER = timedelta(days=1)
# Shorter than the ticks are apart, so that rounds do not pile up in the workers.
ROUND_SECONDS = 15.0
PER_ROUND = 500

SENDERS: dict[str, Callable[[NoticeDelivery], None]] = {
    Channel.EMAIL: send_mail,
    Channel.WEBHOOK: send_to_webhook,
}


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
    due = NoticeDelivery.objects.unscoped().filter(
        # Nobody waits longer than the longest wait: the clock was set back.
        Q(next_try_at__lte=Now()) | Q(next_try_at__gt=from_now(WAITS[-1] + NOTICEABLE)),
        ~Exists(earlier),
    )
    return due.select_related("account", "notice").order_by("next_try_at", "made_at")


def deliver_due(clock: Callable[[], float] = time.monotonic) -> int:
    """Send what is due for at most a round; return how many deliveries arrived.

    Who did not take one message is left alone for a minute. So a mail server or a host
    that hangs keeps the others waiting once, and at most one worker away from the syncs.
    """
    deadline = clock() + ROUND_SECONDS
    delivered, away = 0, set[str]()
    for each in list(list_due()[:PER_ROUND]):
        if clock() > deadline:
            break
        if _way_of(each) in away or not _claim(each):
            continue  # or another worker has it
        with account_scope(each.account_id):
            state = _send(each)
        delivered += state == DeliveryState.DELIVERED
        if state == DeliveryState.WAITING:
            away.add(_way_of(each))
            _put_off(each)
    return delivered


def _put_off(failed: NoticeDelivery) -> None:
    """Let what would go the way of a failed delivery wait as well; it is no attempt.

    Otherwise hundreds of messages to a dead server would stand before all others in each round.
    """
    same_way = NoticeDelivery.objects.unscoped().filter(
        channel=failed.channel, next_try_at__lte=Now()
    )
    if failed.channel == Channel.WEBHOOK:
        same_way = same_way.filter(address=failed.address)
    same_way.update(next_try_at=from_now(WAITS[0]))


def _way_of(delivery: NoticeDelivery) -> str:
    """Return what is away when the delivery fails: the one mail server, or the webhook's host."""
    return delivery.address if delivery.channel == Channel.WEBHOOK else delivery.channel


def _send(delivery: NoticeDelivery) -> DeliveryState:
    """Send a delivery that was claimed; write down and return how that went."""
    if not is_still_told(delivery.account, delivery.channel, delivery.address):
        _settle(delivery, DeliveryState.GIVEN_UP, "Nobody is told at this address any more.")
        return DeliveryState.GIVEN_UP
    try:
        SENDERS[delivery.channel](delivery)
    except (OSError, ValueError) as error:
        log.warning("outbox.not_delivered", delivery=str(delivery.pk), error=type(error).__name__)
        _note_failure(delivery, one_line(str(error))[:300])
        return DeliveryState.WAITING
    _settle(delivery, DeliveryState.DELIVERED, "")
    return DeliveryState.DELIVERED


def _claim(delivery: NoticeDelivery) -> bool:
    """Count an attempt and set the next one; False when somebody else did."""
    wait = WAITS[min(delivery.attempts, len(WAITS) - 1)]
    return bool(
        NoticeDelivery.objects.unscoped()
        .filter(pk=delivery.pk, attempts=delivery.attempts, state=DeliveryState.WAITING)
        .update(attempts=F("attempts") + 1, next_try_at=from_now(wait))
    )


def _note_failure(delivery: NoticeDelivery, problem: str) -> None:
    delivery.refresh_from_db(fields=["next_try_at", "made_at"])
    end = delivery.made_at + GIVEN_UP_AFTER
    if delivery.next_try_at is None or delivery.next_try_at > end:
        _settle(delivery, DeliveryState.GIVEN_UP, problem)
    else:
        NoticeDelivery.objects.filter(pk=delivery.pk).update(problem=problem)


def _settle(delivery: NoticeDelivery, state: DeliveryState, problem: str) -> None:
    NoticeDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(
        state=state, next_try_at=None, settled_at=Now(), problem=problem
    )
