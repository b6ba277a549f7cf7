"""Somebody changes what a run works on while it is under way (F85).

A run belongs to its account, not to the person who asked for it: that person may leave. An account
itself is never deleted: its folders protect it.
"""

import threading
from contextlib import contextmanager

import pytest
from django.db import connection as database
from django.urls import reverse

from acton_connector.accounts.models import Membership, Role
from acton_connector.accounts.services import remove_member
from connectors.credentials import Credentials
from connectors.models import Connection, ConnectionState
from connectors.services import connect, disconnect
from lists.errors import InUseError
from lists.models import ListRecord, MarketingList, SeenPage
from lists.services import delete_list
from sync.engine.runner import execute_run
from sync.models import AccountLease, RunState, SyncJob, SyncRun
from sync.queue.tick import tick
from sync.services import cancel_run, run_now
from tests.connectors.soap import data_calls
from tests.factories import MembershipFactory
from tests.processes import wait_until
from tests.sync.faults.conftest import RESULTS

pytestmark = [pytest.mark.scenario, pytest.mark.fault("F85")]


@pytest.fixture
def under_way(in_step):
    """Return what starts a run, and lets the block act while Salesforce works at its second page.

    After the block the run has left this worker.
    """

    @contextmanager
    def start(actor=None):
        SyncJob.objects.update(last_started_at=None)
        in_step.job.refresh_from_db()
        run = run_now(job=in_step.job, actor=actor or in_step.sync.actor)
        in_step.org.fault(RESULTS, nth=2, delay_seconds=2.0)
        worker = threading.Thread(target=work, args=[run.pk])
        worker.start()
        try:
            wait_until(lambda: in_step.org.control("GET", "faults") == [2])  # it was asked for
            assert (count_pages(in_step.org), read(run).records_read) == (1, 200)
            assert read(run).state == RunState.RUNNING
            yield run
            assert count_pages(in_step.org) == 1, "the second page came before the change was made"
        finally:
            worker.join(30)
        assert not worker.is_alive()
        in_step.org.mend()

    return start


def work(run_id):
    try:
        execute_run(run_id)
    finally:
        database.close()


def read(run):
    return SyncRun.objects.get(pk=run.pk)


def count_pages(org):
    return sum(call["path"].endswith("/results") for call in org.calls())


def nobody_holds_the_account():
    return not AccountLease.objects.exclude(run=None).exists()


def test_a_set_up_that_is_changed_meanwhile_is_the_next_runs(in_step, under_way):
    job, (lead, *_) = in_step.job, in_step.before
    with under_way() as run:
        frozen = read(run).options
        in_step.sync.edit(job, lead, Title="Edited during the run")
        in_step.sync.set_up(job, push=["Title"])  # no pull, no removal, no schedule any more

    run = read(run)
    assert (run.state, run.options, run.message) == (RunState.SUCCEEDED, frozen, "")
    assert run.records_read == run.records_expected == len(in_step.before)
    assert [c for c in data_calls(in_step.org) if "/composite/sobjects" in c["path"]] == []
    assert in_step.sync.org.client().Lead.get(lead)["Title"] != "Edited during the run"
    assert ListRecord.objects.count() == len(in_step.before)
    in_step.job.refresh_from_db()
    assert in_step.job.next_due_at is None  # the schedule is the new one's: none

    in_step.org.forget_calls()
    run = in_step.run()

    assert (run.state, run.records_read, run.records_pushed_changed) == (RunState.SUCCEEDED, 0, 1)
    assert count_pages(in_step.org) == 0
    assert in_step.sync.org.client().Lead.get(lead)["Title"] == "Edited during the run"


def test_a_run_goes_on_when_the_person_who_asked_for_it_leaves(in_step, under_way, account):
    leaver = MembershipFactory(account=account, role=Role.MARKETER).user
    with under_way(leaver) as run:
        membership = Membership.objects.get(user=leaver)
        remove_member(membership=membership, actor=in_step.sync.actor)
        leaver.is_active = False
        leaver.save()

    in_step.assert_succeeds(read(run))
    assert count_pages(in_step.org) == 1 + len(in_step.before) // 200


def test_a_disconnected_account_stops_the_run_at_its_page_and_it_goes_on_when_connected(
    in_step, under_way
):
    with under_way() as run:
        disconnect(connection=Connection.objects.get(), actor=in_step.sync.actor)

    run = read(run)
    assert (run.state, run.records_read) == (RunState.INTERRUPTED, 400)
    assert run.message == "Waiting for the connection to Salesforce."
    assert run.message in in_step.page_of(run)
    assert nobody_holds_the_account()
    in_step.assert_nothing_is_lost()
    in_step.org.forget_calls()
    tick()
    assert not execute_run(run.pk)
    assert data_calls(in_step.org) == []

    org = in_step.org
    credentials = Credentials(org.host, org.username, org.password, org.security_token)
    connect(account=in_step.sync.account, credentials=credentials, actor=in_step.sync.actor)
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    in_step.assert_succeeds(in_step.sync.execute(run))
    assert count_pages(org) == 1 + len(in_step.before) // 200 - 2  # none of the pages twice


def test_a_list_cannot_be_deleted_under_a_run_but_after_it_is_cancelled(
    in_step, under_way, administrator, client_of
):
    with under_way() as run:
        with pytest.raises(InUseError, match="Cancel it or let it end"):
            delete_list(marketing_list=in_step.job.list, actor=in_step.sync.actor)
        url = reverse("list_delete", args=["example", in_step.job.list_id])
        page = client_of(administrator).post(url, {"name": in_step.job.list.name})
        assert "Cancel it or let it end" in page.content.decode()
        assert read(run).state == RunState.RUNNING
        cancel_run(run=run, actor=in_step.sync.actor)
        delete_list(marketing_list=in_step.job.list, actor=in_step.sync.actor)

    for rows in (MarketingList, ListRecord, SyncJob, SyncRun, SeenPage):
        assert not rows.objects.exists()
    assert nobody_holds_the_account()
    leads = in_step.org.count("SELECT COUNT() FROM Lead WHERE IsConverted = false")
    assert leads == len(in_step.before)  # Salesforce keeps its own
    assert in_step.sync.import_leads().list.record_count == leads


def test_a_run_that_is_cancelled_keeps_its_pages_and_the_next_one_reads_all(in_step, under_way):
    with under_way() as run:
        cancel_run(run=run, actor=in_step.sync.actor)

    run = read(run)
    assert (run.state, run.records_read) == (RunState.CANCELLED, 200)
    assert count_pages(in_step.org) == 2
    assert nobody_holds_the_account()
    in_step.assert_nothing_is_lost()
    in_step.assert_succeeds(in_step.run())
