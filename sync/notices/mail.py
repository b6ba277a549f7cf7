"""A notice as an e-mail: plain text, and nothing of it but the text can reach the header."""

from django.conf import settings
from django.core.mail import EmailMessage

from acton_connector.accounts.models import Account
from sync.notices.causes import one_line
from sync.notices.models import NoticeDelivery

LONGEST_SUBJECT = 200


def send_mail(delivery: NoticeDelivery) -> None:
    """Send one delivery; raise OSError (smtplib's errors among them) or ValueError if it fails."""
    account = delivery.account
    EmailMessage(
        subject=make_subject(account, delivery),
        body=make_body(account, delivery),
        to=[delivery.address],
        headers={
            # Auto-responders leave such mail alone (RFC 3834).
            "Auto-Submitted": "auto-generated",
            "X-Act-On-Delivery": str(delivery.pk),
        },
    ).send()


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
