"""The account's webhook: what is posted to it, and how the receiver knows that it came from us."""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from acton_connector.accounts.audit import record_event
from acton_connector.accounts.encryption import DecryptionError
from acton_connector.accounts.models import Account, User
from sync.notices.models import News, NoticeDelivery, Webhook
from sync.notices.public_https import check_url, post

SECONDS = 10.0
SECRET_BYTES = 32


class NotAcceptedError(OSError):
    """The receiver, or the way there, did not take a message; the text says why."""


@transaction.atomic
def set_webhook(*, account: Account, url: str, actor: User | None) -> str:
    """Post the account's notices to `url` from now on; return the new secret, to be shown once.

    Raises UnsafeUrlError for an address that nothing may be posted to.
    """
    target = check_url(url)
    webhook = find_webhook() or Webhook(account=account)
    before = {"host": webhook.host} if webhook.host else None
    webhook.url, webhook.host = target.url, target.netloc
    secret = _put_new_secret(webhook)
    record_event(
        actor=actor,
        action="notices.webhook_set",
        subject=target.netloc,
        before=before,
        after={"host": target.netloc},
    )
    return secret


@transaction.atomic
def replace_secret(*, webhook: Webhook, actor: User | None) -> str:
    """Sign with a new secret from now on, and return it: it is shown once."""
    secret = _put_new_secret(webhook)
    record_event(actor=actor, action="notices.webhook_secret_replaced", subject=webhook.host)
    return secret


@transaction.atomic
def remove_webhook(*, webhook: Webhook, actor: User | None) -> None:
    """Post nothing any more, also nothing that waits for its next try."""
    record_event(
        actor=actor,
        action="notices.webhook_removed",
        subject=webhook.host,
        before={"host": webhook.host},
    )
    webhook.delete()


def find_webhook() -> Webhook | None:
    """Return the webhook of the account in scope, None where there is none."""
    return Webhook.objects.first()


def _put_new_secret(webhook: Webhook) -> str:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    webhook.secret = secret
    webhook.save()
    return secret


def send_to_webhook(delivery: NoticeDelivery) -> None:
    """Post one delivery; raise OSError or ValueError unless the receiver answers 2xx."""
    webhook = find_webhook()
    if webhook is None:
        raise NotAcceptedError("There is no webhook any more.")
    notice = delivery.notice
    message = {
        "id": notice.pk,
        "account": delivery.account.slug,
        "kind": notice.kind,
        "state": delivery.news,
        "title": delivery.title,
        "text": delivery.text,
        "url": f"{settings.PUBLIC_BASE_URL}{notice.path}",
        "at": delivery.made_at.isoformat(),
    }
    _post(webhook, str(delivery.pk), message)


def send_test(webhook: Webhook) -> None:
    """Post a message that says that it is a test; errors as `send_to_webhook`."""
    message = {
        "id": 0,
        "account": webhook.account.slug,
        "kind": "test",
        "state": News.OPENED,
        "title": "A test of the webhook",
        "text": "Nothing is wrong: an administrator tries whether messages arrive.",
        "url": settings.PUBLIC_BASE_URL,
        "at": timezone.now().isoformat(),
    }
    _post(webhook, str(uuid.uuid4()), message)


def _post(webhook: Webhook, delivery_id: str, message: dict[str, Any]) -> None:
    try:
        url, secret = webhook.url, webhook.secret
    except DecryptionError as error:
        raise NotAcceptedError("The stored secret does not open. Set the webhook anew.") from error
    body = json.dumps(message, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Act-On-Delivery": delivery_id,
        "X-Act-On-Signature": sign(body, secret, at=int(time.time())),
    }
    status = post(check_url(url), body, headers, seconds=SECONDS)
    if not 200 <= status < 300:  # noqa: PLR2004 - the range of HTTP's successes
        raise NotAcceptedError(f"The host answered with the status {status}.")


def sign(body: bytes, secret: str, *, at: int) -> str:
    """Return the signature of a body that is sent at `at`: `t=<unix time>,v1=<HMAC-SHA256>`.

    The time is signed along, so that a receiver can refuse what somebody recorded and sends again.
    """
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"
