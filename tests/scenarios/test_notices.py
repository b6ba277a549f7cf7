"""A failed sync reaches the administrator's mail server through the processes that do it."""

import email
import email.policy
import socket

import pytest
from aiosmtpd.controller import Controller

from sync.models import NoticeDelivery, RunState
from sync.notices.models import DeliveryState
from sync.queue.tick import tick
from sync.services import run_now
from tests.processes import wait_until
from tests.scenarios.worker import running_worker, worker_environment

pytestmark = pytest.mark.scenario


class Letters:
    """A mail server's memory."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


def test_a_failed_sync_is_told_by_mail_and_its_end_too(sync, tmp_path):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    sync.org.fault(
        "/query",
        status=403,
        headers={"Content-Type": "application/json"},
        body='[{"errorCode": "STORAGE_LIMIT_EXCEEDED", "message": "storage limit exceeded"}]',
    )
    letters = Letters()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(letters, hostname="127.0.0.1", port=port)
    server.start()
    try:
        environment = worker_environment(sync.org, EMAIL_URL=f"smtp://127.0.0.1:{port}")
        with running_worker(environment, tmp_path):
            tell(job, sync, RunState.FAILED, count=1)
            sync.org.mend()
            tell(job, sync, RunState.SUCCEEDED, count=2)
    finally:
        server.stop()

    assert [letter["Subject"].strip() for letter in letters.taken] == [
        "[Example Company] The sync of “All Salesforce Leads” failed",
        "[Example Company] Over: The sync of “All Salesforce Leads” failed",
    ]
    assert {letter["To"] for letter in letters.taken} == {sync.actor.email}
    assert set(NoticeDelivery.objects.values_list("state", "attempts")) == {
        (DeliveryState.DELIVERED, 1)
    }


def tell(job, sync, state, *, count):
    """Run the sync in the worker and tick until it has noted that so many letters were delivered.

    That a letter has come is not enough: the worker that is killed now would send it again.
    """
    type(job).objects.filter(pk=job.pk).update(last_started_at=None)
    job.refresh_from_db()
    run = run_now(job=job, actor=sync.actor)

    def done():
        tick()
        run.refresh_from_db()
        delivered = NoticeDelivery.objects.filter(state=DeliveryState.DELIVERED).count()
        return run.state == state and delivered >= count

    wait_until(done, seconds=60)
