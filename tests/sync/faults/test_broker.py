"""Redis is away, or takes connections and says nothing: pages go on, and no run is lost (F82)."""

import json
import socket
import subprocess
import sys
import time

import pytest
from django.urls import reverse

from acton_connector.accounts.scope import account_scope
from sync.models import RunState, SyncJob, SyncRun
from sync.notices.asking import ask_for_review
from sync.notices.models import NoticeReview
from sync.queue.tick import tick
from tests.factories import AccountFactory, ConnectionFactory, SyncRunFactory
from tests.scenarios.worker import ROOT, worker_environment

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F82")]

LONGEST_PAGE_SECONDS = LONGEST_RING_SECONDS = 9
# Another process: which broker there is, is settled when one starts.
VISIT = """
import json, sys, time
import django; django.setup()
from django.test import Client
from acton_connector.accounts.models import User
client = Client(HTTP_HOST="127.0.0.1")
client.force_login(User.objects.get(email=sys.argv[1]))
answers = []
for method, url in json.loads(sys.argv[2]):
    began = time.monotonic()
    status = getattr(client, method)(url).status_code
    answers.append([status, time.monotonic() - began])
print(json.dumps(answers))
"""
TICK = """
import time
import django; django.setup()
from sync.queue.tick import tick
began = time.monotonic()
tick()
print(time.monotonic() - began)
"""


@pytest.fixture(params=["refuses", "says nothing"])
def broken_redis(request):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param == "says nothing":
            server.listen(16)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def work_on(sync, redis, script, *arguments):
    """Run a script on the test's database and another broker; return what it printed last."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=worker_environment(sync.org, REDIS_URL=redis, DEBUG="on"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_person_logs_in_looks_and_clicks_without_redis_and_a_tick_rings_again(
    sync, administrator, broken_redis
):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    SyncJob.objects.update(last_started_at=None)
    visits = [
        ("get", reverse("dashboard", args=["example"])),
        ("post", reverse("sync_run_now", args=["example", job.list_id])),
        ("get", reverse("list_records", args=["example", job.list_id])),
        ("get", reverse("runs", args=["example"])),
    ]

    began = time.monotonic()
    answers = work_on(sync, broken_redis, VISIT, administrator.email, json.dumps(visits))

    assert [status for status, _ in answers] == [200, 302, 200, 200]
    assert max(seconds for _, seconds in answers) < LONGEST_PAGE_SECONDS, answers
    assert time.monotonic() - began < 60
    run = SyncRun.objects.get(job=job, state=RunState.QUEUED)
    tick()  # with a broker again: it rings for what nobody heard
    run = sync.execute(run)
    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, 0)


def test_a_tick_rings_once_for_notices_and_once_for_runs_without_redis(sync, broken_redis):
    ask_for_review(sync.account.pk)
    for _ in range(5):
        with account_scope(AccountFactory()):
            ConnectionFactory()
            SyncRunFactory()

    assert work_on(sync, broken_redis, TICK) < 2 * LONGEST_RING_SECONDS

    assert NoticeReview.objects.exists()  # the next tick rings again
