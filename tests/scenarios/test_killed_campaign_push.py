"""A worker that is killed while it pushes to a campaign doubles neither people nor members.

Each of these takes longer than a part of every run should: `make test-deep` runs them.
"""

import os

import pytest

from lists.models import ListRecord
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RunState
from sync.services import run_now
from tests.processes import wait_until
from tests.scenarios.test_killed_worker import counters, finish_after_the_kill
from tests.scenarios.worker import running_worker, worker_environment
from tests.sync.engine.members_kit import CampaignList

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.fault("F79"),
    pytest.mark.skipif(
        os.environ.get("HYPOTHESIS_PROFILE") != "deep", reason="takes a minute: make test-deep"
    ),
]

COLLECTIONS = r"/composite/sobjects"
INGEST_JOB = r"/jobs/ingest/[^/]+$"


@pytest.fixture
def campaign(sync):
    made = CampaignList(sync)
    made.import_list()
    made.set_up(push_add=True)
    return made


def add_people(campaign, count):
    return {
        str(
            campaign.add(
                Email=campaign.sync.unique(f"killed{number}"),
                LastName=f"Person {number}",
                CompanyOrAccount="Company",
                Status="Responded",
            ).record_id
        )
        for number in range(count)
    }


def made_people(campaign, wanted):
    leads = campaign.sync.org.query(
        f"SELECT {EXTERNAL_ID_FIELD} FROM Lead WHERE {EXTERNAL_ID_FIELD} != null"
    )
    return sorted(lead[EXTERNAL_ID_FIELD] for lead in leads if lead[EXTERNAL_ID_FIELD] in wanted)


def assert_each_is_there_once(campaign, run, wanted):
    assert run.state == RunState.SUCCEEDED, run.message
    assert made_people(campaign, wanted) == sorted(wanted)
    members = campaign.members()
    assert len(members) == len({member["LeadId"] for member in members}) == len(wanted)
    assert {member["Status"] for member in members} == {"Responded"}
    records = ListRecord.objects.filter(list=campaign.job.list)
    assert {record.salesforce_id for record in records} == {member["Id"] for member in members}
    assert all(record.dirty is None for record in records)
    assert run.records_pushed_new + run.records_linked == len(wanted)


@pytest.mark.parametrize("part", ["people_new", "members_new"])
def test_a_push_by_collections_that_is_killed_doubles_nobody(sync, campaign, tmp_path, part):
    wanted = add_people(campaign, 500)
    environment = worker_environment(sync.org)
    sync.org.fault(COLLECTIONS, every=1, delay_seconds=0.5)
    run = run_now(job=campaign.job, actor=sync.actor)

    with running_worker(environment, tmp_path) as worker:
        wait_until(lambda: counters(run).checkpoint.get("part") == part, seconds=60)
        # The kill comes after Salesforce has done the work and before we hear of it.
        if part == "people_new":
            done = lambda: len(made_people(campaign, wanted)) > run.checkpoint["taken"]  # noqa: E731
        else:
            done = lambda: len(campaign.members()) > counters(run).records_pushed_new  # noqa: E731
        wait_until(done, seconds=30)
        worker.kill()
    sync.org.mend()
    assert counters(run).records_pushed_new < len(wanted)
    finish_after_the_kill(run, environment, tmp_path)

    assert_each_is_there_once(campaign, run, wanted)


@pytest.mark.parametrize("part", ["people_new", "members_new"])
def test_a_push_in_bulk_that_is_killed_doubles_nobody(sync, campaign, tmp_path, part):
    wanted = add_people(campaign, 2_050)
    environment = worker_environment(sync.org)
    sync.org.fault(INGEST_JOB, method="GET", every=1, delay_seconds=2)
    run = run_now(job=campaign.job, actor=sync.actor)

    def works_at_the_part():
        checkpoint = counters(run).checkpoint
        return checkpoint.get("part") == part and checkpoint.get("bulk_job")

    with running_worker(environment, tmp_path) as worker:
        wait_until(works_at_the_part, seconds=90)
        worker.kill()
    sync.org.mend()
    assert counters(run).records_pushed_new == 0
    finish_after_the_kill(run, environment, tmp_path)

    assert_each_is_there_once(campaign, run, wanted)
