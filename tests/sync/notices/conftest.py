"""An account with people, the rounds that tell them, and a mail server that can be away."""

import socket
import threading

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection

from acton_connector.accounts.models import Role
from sync.notices.asking import ask_for_review
from sync.notices.models import NoticeDelivery
from sync.notices.outbox import GIVEN_UP_AFTER
from sync.notices.round import look_for_news, tell_news
from sync.queue.lease import from_now
from tests.factories import (
    ConnectionFactory,
    MarketingListFactory,
    MembershipFactory,
    SyncJobFactory,
)


@pytest.fixture
def job(account):
    """The job of the list “All Leads”, in an account that is connected."""
    ConnectionFactory()
    return SyncJobFactory(list=MarketingListFactory(name="All Leads"))


@pytest.fixture
def told(account, administrator):
    """Do a round, and return the subjects of the e-mails that it sent."""

    def do_round():
        sent_before = len(mail.outbox)
        look_for_news()
        tell_news()
        return [message.subject for message in mail.outbox[sent_before:]]

    return do_round


@pytest.fixture
def told_of(account, told):
    """Do a round for the account although nothing said that it changed."""

    def do_round():
        ask_for_review(account.pk)
        return told()

    return do_round


@pytest.fixture
def second_administrator(account):
    return MembershipFactory(account=account, role=Role.ADMINISTRATOR).user


@pytest.fixture
def let_pass():
    """Let the time until the next attempts pass, or a day with `GIVEN_UP_AFTER`."""

    def move(time=None):
        waiting = NoticeDelivery.objects.filter(next_try_at__isnull=False)
        if time:
            waiting.update(made_at=from_now(-time))
        waiting.update(next_try_at=from_now(-GIVEN_UP_AFTER / 1440))

    return move


class MailServer:
    """A mail server on this machine; `letters` is what it took."""

    def __init__(self, port=0):
        self.letters, self.refuses = [], False
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.refuses:
            return "451 The mailbox is busy"
        self.letters.append(envelope)
        return "250 OK"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()


@pytest.fixture
def mail_server(settings, unused_port):
    """A mail server that is not started yet: whoever sends meets a closed port."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_port
    return MailServer(unused_port)


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_in_threads(work, count):
    """Run `work` in threads that begin together; return what each returned."""
    barrier, results = threading.Barrier(count), []

    def one():
        try:
            barrier.wait()
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
