"""A run meets a Salesforce that has trouble of its own: it waits, tries again, or leaves off."""

import pytest

from connectors.models import Connection, ConnectionState
from sync.engine.runner import ATTEMPTS_AT_ONE_CHECKPOINT, execute_run
from sync.models import SALESFORCE_AWAY, AccountLease, FailureReason, RunState, SyncRun
from sync.notices.models import Notice
from sync.notices.round import look_for_news, tell_news
from sync.queue.tick import tick
from tests.sync.faults.conftest import RESULTS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]

AT_ONCE = {"Retry-After": "0"}
LATER_THAN_A_RUN_WAITS = {"Retry-After": "901"}
TOO_MANY_AT_ONCE = {
    "errorCode": "REQUEST_LIMIT_EXCEEDED",
    "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
}


def pages(org):
    return [call["status"] for call in org.calls() if call["path"].endswith("/results")]


def assert_interrupted(in_step, run, code):
    """The run left off at its checkpoint; the account is free, and nobody has to do anything."""
    assert run.state == RunState.INTERRUPTED
    assert run.message.startswith(f"{code}: ")
    assert run.message in in_step.page_of(run)
    assert run.records_read == 200
    assert not AccountLease.objects.exclude(run=None).exists()
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    in_step.assert_nothing_is_lost()
    look_for_news()
    tell_news()
    assert not Notice.objects.exists()


def resume(in_step, run):
    """Let the next tick find the run, and do it; it asks for no page that it has."""
    in_step.org.mend()
    in_step.org.forget_calls()
    tick()
    run = in_step.sync.execute(run)
    in_step.assert_succeeds(run)
    assert (run.message, run.records_read) == ("", run.records_expected)
    assert pages(in_step.org) == [200] * (-(-run.records_expected // 200) - 1)


@pytest.mark.fault("F19")
@pytest.mark.parametrize("trouble", [{"status": 503}, {"maintenance": True}, {"status": 502}])
def test_a_salesforce_that_is_away_for_a_moment_is_waited_for(in_step, trouble):
    in_step.org.faults(
        [
            {"match": {"path": RESULTS}, "nth": number, "action": {**trouble, "headers": AT_ONCE}}
            for number in (2, 3, 4, 5)
        ]
    )

    run = in_step.run()

    in_step.assert_succeeds(run)
    assert run.message == ""
    assert [status for status in pages(in_step.org) if status != 200] == [
        trouble.get("status", 503)
    ] * 4


@pytest.mark.fault("F19")
def test_a_salesforce_that_is_away_for_longer_interrupts_the_run_and_a_tick_resumes_it(in_step):
    in_step.org.fault(RESULTS, nth=2, maintenance=True, headers=LATER_THAN_A_RUN_WAITS)

    run = in_step.run()

    assert pages(in_step.org) == [200, 503]
    assert_interrupted(in_step, run, "SERVER_UNAVAILABLE")
    resume(in_step, run)


@pytest.mark.fault("F19")
def test_a_salesforce_that_stays_away_ends_the_run_and_its_next_start_reads_everything(in_step):
    rule = {"match": {"path": RESULTS}, "nth": 2, "action": {"maintenance": True}}
    rule["action"]["headers"] = LATER_THAN_A_RUN_WAITS
    in_step.org.faults([rule])
    run = in_step.run()
    in_step.org.fault(RESULTS, every=1, maintenance=True, headers=LATER_THAN_A_RUN_WAITS)
    for _ in range(ATTEMPTS_AT_ONE_CHECKPOINT + 1):
        assert SyncRun.objects.get(pk=run.pk).state == RunState.INTERRUPTED
        tick()
        assert execute_run(run.pk)

    run = SyncRun.objects.select_related("job__list").get(pk=run.pk)
    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.PERMANENT)
    assert run.failure_code == SALESFORCE_AWAY
    assert run.message.startswith("SERVER_UNAVAILABLE: ")
    assert "Run the sync again when Salesforce answers." in in_step.page_of(run)
    in_step.assert_nothing_is_lost()
    run.job.refresh_from_db()
    assert run.job.next_due_at is not None  # its schedule goes on
    look_for_news()
    tell_news()
    assert not Notice.objects.exists()  # it passes by itself: told when two starts were missed
    in_step.org.mend()
    in_step.assert_succeeds(in_step.run())


@pytest.mark.fault("F16")
def test_too_many_requests_at_once_are_tried_five_times_more_and_then_left_for_later(in_step):
    refused = {"status": 403, "body": [TOO_MANY_AT_ONCE], "headers": AT_ONCE}
    in_step.org.faults(
        [{"match": {"path": RESULTS}, "nth": number, "action": refused} for number in range(2, 9)]
    )

    run = in_step.run()

    assert pages(in_step.org) == [200] + [403] * 6
    assert_interrupted(in_step, run, "REQUEST_LIMIT_EXCEEDED")
    resume(in_step, run)


@pytest.mark.fault("F20")
def test_an_error_of_salesforces_own_is_tried_three_times_more_and_then_left_for_later(in_step):
    in_step.org.faults(
        [
            {
                "match": {"path": RESULTS},
                "nth": number,
                "action": {"status": 500, "headers": AT_ONCE},
            }
            for number in range(2, 9)
        ]
    )

    run = in_step.run()

    assert pages(in_step.org) == [200] + [500] * 4
    assert_interrupted(in_step, run, "UNKNOWN_EXCEPTION")
    resume(in_step, run)
