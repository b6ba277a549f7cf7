"""A notice as an e-mail: plain text, and nothing of it but the text can reach the header."""

from django.conf import settings
from django.core.mail import EmailMessage

from acton_connector.accounts.models import Account
from sync.notices.causes import one_line
from sync.notices.models import NoticeDelivery

LONGEST_SUBJECT = 200


class NotSentError(OSError):
    """The mail server is away, or does not want the message; the text says why."""


def send_mail(delivery: NoticeDelivery) -> None:
    """Send one delivery; raise NotSentError, or ValueError for what can be no e-mail."""
    account = delivery.account
    message = EmailMessage(
        subject=make_subject(account, delivery),
        body=make_body(account, delivery),
        to=[delivery.address],
        headers={
            # Auto-responders leave such mail alone (RFC 3834).
            "Auto-Submitted": "auto-generated",
            "X-Act-On-Delivery": str(delivery.pk),
        },
    )
    try:
        message.send()
    except OSError as error:  # smtplib's errors among them
        raise NotSentError(f"The mail server did not take it: {error}") from error


def make_subject(account: Account, delivery: NoticeDelivery) -> str:
    """Return the subject in one line, whatever names it holds (T19)."""
    return one_line(f"[{account.name}] {delivery.title}")[:LONGEST_SUBJECT]


def make_body(account: Account, delivery: NoticeDelivery) -> str:
    """Return what happened, what to do, and where."""
    return (
        f"{delivery.title}\n\n{delivery.text}\n\n"
        f"Open: {settings.PUBLIC_BASE_URL}{delivery.notice.path}\n\n"
        f"You are told this as an administrator of {one_line(account.name)}.\n"
    )
