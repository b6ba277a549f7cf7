"""When so much is refused that the set-up is to blame."""

import pytest

from sync.engine.refusals import Refusals
from sync.models import FailureReason, RunState
from sync.schedules.schedule import OnWeekdays
from sync.setup.saving import SyncSetup, save_setup


@pytest.mark.parametrize(
    ("set_aside", "most_of_one_code", "sent", "stops"),
    [
        (1, 1, 0, False),
        (19, 19, 0, False),
        (20, 20, 19, True),
        (20, 20, 20, False),
        (1_000, 1_000, 5_000, False),
        (1_001, 1_001, 5_000, True),
        (1_500, 800, 5_000, False),
    ],
)
def test_the_run_stops_when_most_is_refused_or_much_for_one_reason(
    set_aside, most_of_one_code, sent, stops
):
    assert Refusals(set_aside, most_of_one_code, sent).stop_the_run is stops


@pytest.mark.scenario
@pytest.mark.fault("F29")
def test_a_job_whose_records_are_refused_is_paused_until_a_person_has_looked(sync):
    job = sync.import_leads()
    sync.set_up(job, push_add=True, schedule=OnWeekdays(sync.account.created_at.time()))
    for number in range(20):
        sync.add_local(job, Email=sync.unique(f"bad{number}"), LastName="No company")

    run = sync.run(job)

    job.refresh_from_db()
    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert "REQUIRED_FIELD_MISSING" in run.message
    assert run.records_failed == 20
    assert (job.next_due_at, bool(job.pause_reason)) == (None, True)
    save_setup(job=job, setup=SyncSetup(pull_add=True), actor=sync.actor)
    assert job.pause_reason == ""
