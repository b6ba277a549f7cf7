"""Salesforce does not get through a query of changes: it is asked for less at a time (F21)."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from connectors.salesforce import TooLargeError
from sync.models import FailureReason, PullCursor, RunState, SyncRun
from tests.local_org import start_local_org
from tests.sync.engine.deaths import DiedError, resume
from tests.sync.engine.test_changes import ALL, convert, held, held_ids, merge, open_leads

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine, pytest.mark.fault("F21")]

CHANGES = r"/query/?\?.*ORDER"
MERGED, GONE = r"/queryAll.*MasterRecordId", r"/queryAll.*IsConverted"
TIMES = 6


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose clock these tests may move."""
    with start_local_org(tmp_path_factory.mktemp("windows"), "leads:60,contacts:5") as org:
        yield org


@pytest.fixture
def job(sync):
    job = sync.import_leads()
    sync.set_up(job, **ALL)
    assert sync.run(job).state == RunState.SUCCEEDED
    return job


def time_out(org, path, *, code="QUERY_TIMEOUT", calls=(None,)):
    """Let queries be too much for Salesforce: all of them, or those with these numbers."""
    action = {"code": code, "message": "Your query request was running for too long."}
    rule = {"match": {"path": path}, "action": action}
    org.faults([{**rule, "nth": number} if number else rule for number in calls])


def change_over_hours(sync, job):
    """Change leads at six times, three at each, an hour apart; return how many."""
    leads = sorted(held_ids(job))[: 3 * TIMES]
    for number in range(TIMES):
        sync.org.shift_clock(3600)
        for lead in leads[3 * number : 3 * number + 3]:
            sync.org.client().Lead.update(lead, {"Title": sync.unique("title")})
    return len(leads)


@pytest.mark.parametrize("code", ["QUERY_TIMEOUT", "OPERATION_TOO_LARGE"])
@pytest.mark.parametrize("calls", [(1, 2, 3), (1, 3, 4)])
def test_changes_are_read_in_halves_of_the_time_and_each_once(sync, job, code, calls):
    number = change_over_hours(sync, job)
    time_out(sync.org, CHANGES, code=code, calls=calls)
    sync.org.forget_calls()

    run = sync.run(job)

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert run.records_read == run.records_expected == run.records_updated == number
    assert held(job) == open_leads(sync)
    queries = [call["status"] for call in sync.org.calls() if "ORDER" in call["query"]]
    assert [place for place, status in enumerate(queries, 1) if status != 200] == list(calls)
    assert len(queries) <= 3 + 9  # an eighth of the time each, once

    sync.org.mend()
    assert sync.run(job).records_updated == 0


@pytest.mark.parametrize("behind", [False, True])
def test_a_read_in_halves_goes_on_wherever_its_worker_died(sync, job, die_at, behind):
    number, has_died = 0, True
    while has_died:
        number += 1
        changed = change_over_hours(sync, job)
        time_out(sync.org, CHANGES, calls=(1, 3, 4))
        die_at(number, behind=behind)
        try:
            ended, has_died = sync.run(job), False
        except DiedError:
            die_at(0)
            ended = resume(SyncRun.objects.latest("pk"))

        sync.org.mend()
        assert (ended.state, ended.records_updated) == (RunState.SUCCEEDED, changed), number
        assert held(job) == open_leads(sync), number
    assert number > 8


@pytest.mark.parametrize("query", [MERGED, GONE])
def test_what_was_merged_converted_and_deleted_is_found_in_halves_of_the_time(sync, job, query):
    ids = sorted(held_ids(job))
    gone = ids[:4]
    sync.org.client().Lead.delete(gone[0])
    sync.org.shift_clock(3600)
    convert(sync, gone[1])
    sync.org.shift_clock(3600)
    merge(sync, ids[10], gone[2])
    sync.org.shift_clock(3600)
    sync.org.client().Lead.delete(gone[3])
    time_out(sync.org, query, calls=(1, 2, 4))

    run = sync.run(job)

    assert sync.org.control("GET", "faults")[0] > 4
    assert (run.state, run.records_removed, run.records_followed) == (RunState.SUCCEEDED, 3, 1)
    assert held(job) == open_leads(sync)


def test_a_few_seconds_that_are_too_much_fail_the_run_with_a_sentence_and_lose_nothing(
    sync, job, administrator, client_of
):
    number = change_over_hours(sync, job)
    before, cursor = held(job), PullCursor.objects.get(job=job).reached_at
    time_out(sync.org, CHANGES)

    run = sync.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.PERMANENT)
    assert run.message.startswith("QUERY_TIMEOUT: ")
    assert run.advice == TooLargeError.default_advice
    page = client_of(administrator).get(reverse("run_detail", args=["example", run.pk]))
    assert escape(run.advice) in page.content.decode()
    assert held(job) == before
    assert PullCursor.objects.get(job=job).reached_at == cursor

    sync.org.mend()
    run = sync.run(job)

    assert (run.state, run.records_updated) == (RunState.SUCCEEDED, number)
    assert held(job) == open_leads(sync)
