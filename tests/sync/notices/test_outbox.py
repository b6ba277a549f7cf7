"""A message reaches its address once, whatever the mail server does meanwhile."""

import email.policy
from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now
from hypothesis import given
from hypothesis import strategies as st

from acton_connector.accounts.models import Account, Membership, Role
from acton_connector.accounts.scope import account_scope
from lists.models import MarketingList
from sync.models import RunState
from sync.notices.mail import make_subject
from sync.notices.models import DeliveryState, NoticeDelivery
from sync.notices.outbox import GIVEN_UP_AFTER, ROUND_SECONDS, deliver_due, list_due
from sync.queue.tick import tick
from tests.factories import SyncJobFactory, SyncRunFactory
from tests.sync.notices.conftest import run_in_threads


def fail(job):
    return SyncRunFactory(job=job, state=RunState.FAILED, failure_code="X", message="X: No.")


def test_a_mail_server_that_is_down_stops_nothing_and_gets_the_message_once_it_is_back(
    job, told_of, mail_server, let_pass
):
    fail(job)
    told_of()

    delivery = NoticeDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 1)
    assert "The mail server did not take it: [Errno" in delivery.problem
    assert not list_due().exists()  # not before a minute has passed
    assert tick() == 0
    with mail_server:
        assert deliver_due() == 0
        let_pass()
        assert [deliver_due(), deliver_due()] == [1, 0]
        let_pass()
        assert deliver_due() == 0
    assert len(mail_server.letters) == 1
    assert b"The sync of" in mail_server.letters[0].content
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.problem) == ("delivered", 2, "")


def test_attempts_come_further_and_further_apart(job, told_of, mail_server, let_pass):
    fail(job)
    told_of()
    waits = []
    for _ in range(8):
        delivery = NoticeDelivery.objects.annotate(now=Now()).get()
        waits.append(round((delivery.next_try_at - delivery.now) / timedelta(minutes=1)))
        let_pass()
        deliver_due()

    assert waits == [1, 5, 15, 60, 180, 360, 360, 360]


def test_a_message_is_given_up_after_a_day_and_says_why(job, told_of, mail_server, let_pass):
    fail(job)
    told_of()
    let_pass(GIVEN_UP_AFTER)

    assert deliver_due() == 0

    delivery = NoticeDelivery.objects.get()
    assert (delivery.state, delivery.next_try_at) == (DeliveryState.GIVEN_UP, None)
    assert "The mail server did not take it: [Errno" in delivery.problem


def test_a_server_that_takes_no_letter_now_gets_it_later(job, told_of, mail_server, let_pass):
    fail(job)
    with mail_server:
        mail_server.refuses = True
        told_of()
        assert mail_server.letters == []
        assert "451" in NoticeDelivery.objects.get().problem
        mail_server.refuses = False
        let_pass()
        deliver_due()
    assert len(mail_server.letters) == 1


def test_that_it_is_over_comes_behind_that_it_began(job, told_of, mail_server, let_pass):
    fail(job)
    told_of()
    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    with mail_server:
        told_of()
        assert mail_server.letters == []  # the first message waits for its next attempt
        let_pass()
        deliver_due()
        deliver_due()
    letters = [
        email.message_from_bytes(letter.content, policy=email.policy.default)
        for letter in mail_server.letters
    ]
    assert [letter["Subject"].strip() for letter in letters] == [
        "[Example Company] The sync of “All Leads” failed",
        "[Example Company] Over: The sync of “All Leads” failed",
    ]


@pytest.mark.threat("T2")
def test_who_is_no_administrator_any_more_gets_no_message_that_was_late(
    job, told_of, mail_server, let_pass, administrator, second_administrator
):
    fail(job)
    told_of()
    Membership.objects.filter(user=administrator).update(role=Role.SALES)

    with mail_server:
        let_pass()
        assert deliver_due() == 1

    assert mail_server.letters[0].rcpt_tos == [second_administrator.email]
    kept_back = NoticeDelivery.objects.get(address=administrator.email)
    assert kept_back.state == DeliveryState.GIVEN_UP


@pytest.mark.django_db(transaction=True)
def test_workers_that_send_at_the_same_time_send_each_message_once(
    transactional_db, job, told_of, mail_server, let_pass
):
    for _ in range(6):
        fail(SyncJobFactory(account=job.account))
    told_of()
    let_pass()

    with mail_server:
        delivered = run_in_threads(deliver_due, 4)

    assert sum(delivered) == 6
    assert len(mail_server.letters) == 6


@pytest.mark.threat("T19")
def test_names_that_hold_line_breaks_add_nothing_to_the_header(account, job, told_of, mailoutbox):
    Account.objects.update(name="Example\r\nBcc: thief@example.com\r\n Company")
    MarketingList.objects.update(name="Leads\nX-Evil: 1\r\n\r\n<script>")
    fail(job)

    told_of()

    message = mail.outbox[0].message()
    assert message.get_all("Bcc") is None
    assert message.get_all("X-Evil") is None
    assert mail.outbox[0].recipients() == mail.outbox[0].to
    assert mail.outbox[0].subject == (
        "[Example Bcc: thief@example.com Company] The sync of “Leads X-Evil: 1 <script>” failed"
    )


@pytest.mark.threat("T19")
@given(name=st.text(), title=st.text())
def test_a_subject_is_one_line_whatever_it_is_made_of(name, title):
    account = Account(name=name)
    subject = make_subject(account, NoticeDelivery(title=title))

    assert subject.splitlines() == [subject]
    assert "\0" not in subject


@pytest.mark.threat("T1")
def test_what_happens_in_one_account_is_told_to_no_other(job, told_of, other_account, outsider):
    fail(job)
    told_of()

    with account_scope(other_account):
        assert not NoticeDelivery.objects.exists()
    assert outsider.email not in [message.to[0] for message in mail.outbox]


@pytest.mark.threat("T27")
def test_a_dead_mail_server_is_asked_once_a_minute_and_nobody_else_waits_for_it(
    job, told_of, mail_server, let_pass
):
    for _ in range(3):
        fail(SyncJobFactory(account=job.account))
    told_of()

    assert sorted(NoticeDelivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert not list_due().exists()  # they stand in nobody's way
    let_pass()
    deliver_due()
    assert sum(NoticeDelivery.objects.values_list("attempts", flat=True)) == 2
    with mail_server:
        let_pass()
        assert deliver_due() == 3


def test_a_round_ends_although_more_is_due(job, told_of, mail_server, let_pass):
    for _ in range(3):
        fail(SyncJobFactory(account=job.account))
    told_of()
    let_pass()
    times = iter([0.0, 1.0, ROUND_SECONDS + 1])

    with mail_server:
        assert deliver_due(clock=lambda: next(times)) == 1
