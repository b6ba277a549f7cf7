"""The webhook: signed, delivered once, never a way into our own network."""

import ipaddress
import socket
import time

import pytest
from django.db import IntegrityError, connection, transaction

from acton_connector.accounts.models import AuditEvent
from acton_connector.accounts.scope import account_scope
from sync.models import RunState
from sync.notices import webhooks
from sync.notices.asking import ask_for_review
from sync.notices.models import Channel, DeliveryState, NoticeDelivery, Webhook
from sync.notices.outbox import deliver_due
from sync.notices.public_https import NotAnsweredError, UnsafeUrlError, check_url, is_public, post
from sync.notices.webhooks import find_webhook, remove_webhook, replace_secret, set_webhook, sign
from tests.factories import SyncJobFactory, SyncRunFactory
from tests.sync.notices.hooks import Receiver, is_signed


@pytest.fixture
def receiver(tmp_path, settings):
    with Receiver(tmp_path) as running:
        settings.WEBHOOK_EXTRA_HOSTS = [running.host]
        settings.WEBHOOK_CA_BUNDLE = str(running.ca_file)
        yield running


@pytest.fixture
def secret(account, receiver, administrator):
    return set_webhook(account=account, url=receiver.url, actor=administrator)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 0.5)


def fail(job):
    return SyncRunFactory(job=job, state=RunState.FAILED, failure_code="X", message="X: No.")


def the_delivery():
    return NoticeDelivery.objects.get(channel=Channel.WEBHOOK)


@pytest.mark.threat("T20")
def test_a_notice_is_posted_with_a_signature_that_its_receiver_can_check(
    job, told_of, receiver, secret
):
    run = fail(job)
    told_of()
    SyncRunFactory(job=job, state=RunState.SUCCEEDED)
    told_of()

    (path, headers, body), (_, other_headers, other_body) = receiver.received
    assert path == "/hook?token=t"
    assert headers["Content-Type"] == "application/json"
    opened, over = receiver.messages
    assert opened.keys() == {"id", "account", "kind", "state", "title", "text", "url", "at"}
    assert (opened["account"], opened["kind"], opened["state"]) == (
        "example",
        "run_failed",
        "opened",
    )
    assert opened["url"] == f"http://127.0.0.1:8000/a/example/sync/runs/{run.pk}/"
    assert (over["id"], over["state"]) == (opened["id"], "over")
    assert headers["X-Act-On-Delivery"] != other_headers["X-Act-On-Delivery"]
    assert is_signed(headers, body, secret)
    assert is_signed(other_headers, other_body, secret)
    assert not is_signed(headers, other_body, secret)
    assert not is_signed(headers, body, "another secret")
    old = {"X-Act-On-Signature": sign(body, secret, at=int(time.time()) - 3600)}
    assert not is_signed(old, body, secret)


def test_a_receiver_in_trouble_gets_the_same_delivery_again_and_the_people_their_mail(
    job, told_of, receiver, secret, let_pass, mailoutbox
):
    receiver.answer = 500
    fail(job)
    told_of()

    assert len(mailoutbox) == 1
    assert the_delivery().problem == "The host answered with the status 500."
    receiver.answer = 204
    let_pass()
    assert [deliver_due(), deliver_due()] == [1, 0]
    (_, first, _), (_, second, _) = receiver.received
    assert first["X-Act-On-Delivery"] == second["X-Act-On-Delivery"]
    assert (the_delivery().state, the_delivery().attempts) == (DeliveryState.DELIVERED, 2)


@pytest.mark.threat("T13")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_is_no_delivery(job, told_of, receiver, secret, status):
    receiver.answer = status
    fail(job)
    told_of()

    assert [path for path, _, _ in receiver.received] == ["/hook?token=t"]
    assert the_delivery().state == DeliveryState.WAITING
    assert f"status {status}" in the_delivery().problem


@pytest.mark.parametrize("answer", ["silence", "drip", "no handshake"])
def test_a_receiver_that_does_not_come_to_an_end_is_left_at_the_deadline(
    job, told_of, receiver, secret, impatient, mailoutbox, answer
):
    receiver.answer = answer
    fail(job)
    began = time.monotonic()
    told_of()

    assert 0.4 < time.monotonic() - began < 5
    assert the_delivery().problem == "No answer came within 0.5 seconds."
    assert len(mailoutbox) == 1


@pytest.mark.fault("F56")
@pytest.mark.threat("T28")
def test_nothing_is_told_to_a_host_whose_certificate_is_not_trusted(
    job, told_of, receiver, secret, settings
):
    settings.WEBHOOK_CA_BUNDLE = ""
    fail(job)
    told_of()

    assert receiver.received == []
    assert the_delivery().problem == "The host has no valid certificate."


@pytest.mark.threat("T23")
def test_what_a_problem_says_names_nothing_of_the_address_but_its_host(
    job, told_of, secret, receiver, settings, caplog
):
    receiver.answer = 403
    fail(job)
    told_of()

    assert "token=t" not in the_delivery().problem + the_delivery().address + caplog.text
    assert secret not in caplog.text


@pytest.mark.threat("T13")
@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "//hooks.example.com/",
        "hooks.example.com",
        "https://",
        "https:///path",
        "https://user@hooks.example.com/",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://hooks.example.com#@127.0.0.1/",
        "https://hooks.example.com/#fragment",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com/\r\nHost: 127.0.0.1",
        "https://hooks.example.com/ x",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:65536/",
        "https://hooks.example.com:x/",
        "https://hooks.example.com:/",
        "https://hooks%2eexample.com/",
        "https://höoks.example.com/",
        "https://hooks.example.com/" + "x" * 1_000,
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1:8443/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[ff02::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[:::]/",
    ],
)
def test_an_address_that_is_no_public_https_url_is_refused(url):
    with pytest.raises(UnsafeUrlError):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "built"),
    [
        ("https://Hooks.Example.com", "https://hooks.example.com/"),
        ("HTTPS://hooks.example.com:443/a?b=c%20d", "https://hooks.example.com/a?b=c%20d"),
        ("https://hooks.example.com:8443/", "https://hooks.example.com:8443/"),
        ("https://8.8.8.8/x", "https://8.8.8.8/x"),
        ("https://[2001:4860:4860::8888]/", "https://[2001:4860:4860::8888]/"),
    ],
)
def test_a_public_https_url_is_built_anew_from_its_parts(url, built):
    assert check_url(url).url == built


@pytest.mark.threat("T13")
@pytest.mark.parametrize("host", ["localhost", "2130706433", "127.1", "0x7f.1", "017700000001"])
def test_a_name_that_leads_into_the_network_is_refused_before_anybody_connects(
    receiver, settings, host
):
    settings.WEBHOOK_EXTRA_HOSTS = []
    target = check_url(f"https://{host}:{receiver.port}/")

    with pytest.raises(UnsafeUrlError, match="private network"):
        post(target, b"{}", {}, seconds=5)

    assert receiver.connections == 0


@pytest.mark.threat("T13")
def test_a_host_of_which_one_address_is_private_is_refused(receiver, monkeypatch):
    answer_names(monkeypatch, [["93.184.216.34", "127.0.0.1"]], receiver.port)

    with pytest.raises(UnsafeUrlError):
        post(check_url(f"https://hooks.example.com:{receiver.port}/"), b"", {}, seconds=2)

    assert receiver.connections == 0


@pytest.mark.threat("T13")
def test_a_name_that_answers_differently_a_moment_later_changes_nothing(receiver, monkeypatch):
    # A public network that is given to nobody any more (RFC 7526).
    asked = answer_names(monkeypatch, [["192.88.99.1"], ["127.0.0.1"]], receiver.port)

    with pytest.raises(NotAnsweredError):
        post(check_url(f"https://hooks.example.com:{receiver.port}/"), b"", {}, seconds=1)

    assert (len(asked), receiver.connections) == (1, 0)


def answer_names(monkeypatch, answers, port):
    """Let this machine's resolver give one answer after the other; return what it is asked."""
    asked = []

    def resolve(host, *_args, **_kwargs):
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.threat("T13")
def test_a_name_that_nobody_knows_ends_with_a_sentence(db):
    with pytest.raises(NotAnsweredError, match="not known"):
        post(check_url("https://nowhere.invalid/"), b"", {}, seconds=5)


@pytest.mark.threat("T13")
def test_what_is_public_is_told_by_the_address_that_is_reached():
    public = ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]
    private = ["192.0.2.1", "198.18.0.1", "240.0.0.1", "2001:db8::1", "2001:0:7f00:1::"]
    assert [a for a in public if not is_public(ipaddress.ip_address(a))] == []
    assert [a for a in private if is_public(ipaddress.ip_address(a))] == []


@pytest.mark.threat("T23")
def test_address_and_secret_lie_encrypted_in_the_row_of_their_account(
    account, secret, receiver, other_account
):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sync_webhook")
        stored = str(cursor.fetchall())
    assert secret not in stored
    assert "token=t" not in stored
    assert find_webhook().secret == secret
    with account_scope(other_account):
        assert find_webhook() is None


@pytest.mark.threat("T24")
def test_every_change_of_the_webhook_is_audited_without_a_secret(account, secret, administrator):
    first = find_webhook()
    replaced = replace_secret(webhook=first, actor=administrator)
    set_webhook(account=account, url="https://hooks.example.com/T0/B1", actor=administrator)
    remove_webhook(webhook=find_webhook(), actor=administrator)

    events = list(AuditEvent.objects.filter(action__startswith="notices.").order_by("sequence"))
    assert [event.action for event in events] == [
        "notices.webhook_set",
        "notices.webhook_secret_replaced",
        "notices.webhook_set",
        "notices.webhook_removed",
    ]
    told = "".join(f"{e.subject} {e.before} {e.after}" for e in events)
    assert "hooks.example.com" in told
    assert not any(hidden in told for hidden in (secret, replaced, "token=t", "B1"))
    assert {event.actor for event in events} == {administrator}


def test_the_old_secret_signs_nothing_any_more(job, told_of, receiver, secret, administrator):
    renewed = replace_secret(webhook=find_webhook(), actor=administrator)
    fail(job)
    told_of()

    ((_, headers, body),) = receiver.received
    assert (is_signed(headers, body, renewed), is_signed(headers, body, secret)) == (True, False)


def test_what_waited_for_a_webhook_is_not_posted_when_the_webhook_is_removed(
    job, told_of, receiver, secret, let_pass, administrator
):
    receiver.answer = 503
    fail(job)
    told_of()
    remove_webhook(webhook=find_webhook(), actor=administrator)
    let_pass()

    assert deliver_due() == 0

    assert len(receiver.received) == 1
    assert the_delivery().state == DeliveryState.GIVEN_UP


def test_an_account_has_one_webhook(account, secret):
    other = Webhook(account=account, host="x")
    other.url, other.secret = "https://x/", "s"
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save(force_insert=True)


@pytest.mark.threat("T27")
def test_a_host_that_hangs_is_asked_once_a_round_and_keeps_no_other_account_waiting(
    job, told_of, receiver, secret, impatient, other_account, outsider, mailoutbox
):
    receiver.answer = "silence"
    for _ in range(4):
        fail(SyncJobFactory(account=job.account))
    with account_scope(other_account):
        fail(SyncJobFactory())
        ask_for_review(other_account.pk)
    began = time.monotonic()
    told_of()

    assert len(receiver.received) == 1
    assert time.monotonic() - began < 5
    assert outsider.email in {message.to[0] for message in mailoutbox}
