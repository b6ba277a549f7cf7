"""A list that changes under the run's hands: emptied, deleted, or grown tenfold meanwhile."""

import threading

import pytest

from lists.models import ListRecord
from sync.models import FailureReason, RunState
from sync.services import import_campaign
from tests.local_org import start_local_org
from tests.processes import wait_until

pytestmark = pytest.mark.scenario

LEADS = 40
PULLED = ["Title", "Description"]
RESULTS = r"/jobs/query/[^/]+/results"


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation of their own for tests that empty and fill it."""
    with start_local_org(tmp_path_factory.mktemp("moving"), f"leads:{LEADS},contacts:2") as org:
        yield org


def create_leads(org, count):
    rows = [
        {"attributes": {"type": "Lead"}, "LastName": f"Grown {n}", "Company": "Grown"}
        for n in range(count)
    ]
    for start in range(0, count, 200):
        body = {"records": rows[start : start + 200]}
        org.client().restful("composite/sobjects", method="POST", json=body)


def held_ids(job):
    return set(ListRecord.objects.filter(list=job.list).values_list("salesforce_id", flat=True))


@pytest.mark.fault("F78")
def test_pages_stay_as_short_when_the_list_grows_tenfold_during_the_run(sync, settings):
    settings.SYNC_PAGE_ROWS = 15
    job = sync.import_leads()
    sync.set_up(job, pull=PULLED, pull_add=True, remove_missing=True)
    before = held_ids(job)
    away = [{"match": {"path": RESULTS}, "nth": n, "action": {"cut_at": 9}} for n in range(2, 7)]
    sync.org.faults(away)
    run = sync.run(job)
    assert (run.state, run.records_read) == (RunState.INTERRUPTED, 15)
    create_leads(sync.org, 9 * LEADS)
    sync.org.mend()
    sync.org.forget_calls()

    run = sync.execute(run)

    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, 0)
    assert run.records_read == run.records_expected == len(before)
    pages = [call["query"] for call in sync.org.calls() if call["path"].endswith("/results")]
    assert len(pages) == -(-len(before) // 15) - 1
    assert all("maxRecords=15" in query for query in pages)
    later = sync.run(job)
    assert (later.read_since is not None, later.records_added) == (True, 9 * LEADS)
    assert len(held_ids(job)) == len(before) + 9 * LEADS


@pytest.mark.fault("F77")
@pytest.mark.requirement("S76")
def test_a_list_that_was_emptied_waits_for_a_person(sync):
    job = sync.import_leads()
    sync.set_up(job, pull=PULLED, pull_add=True, remove_missing=True)
    before = held_ids(job)
    for start in range(0, len(before), 200):
        ids = ",".join(sorted(before)[start : start + 200])
        sync.org.client().restful("composite/sobjects", method="DELETE", params={"ids": ids})

    run = sync.run(job)

    assert (run.records_read, run.records_removed) == (0, 0)
    assert (run.state, run.removals_held) == (RunState.SUCCEEDED_WITH_ERRORS, len(before))
    assert "no longer found in Salesforce" in run.message
    assert held_ids(job) == before
    create_leads(sync.org, LEADS)


@pytest.mark.fault("F77")
def test_nobody_is_removed_when_the_campaign_is_deleted_during_the_run(sync):
    client = sync.org.client()
    campaign = client.Campaign.create({"Name": sync.unique("Campaign")})["id"]
    for _ in range(3):
        lead = sync.create_lead(Email=sync.unique())
        client.CampaignMember.create({"CampaignId": campaign, "LeadId": lead})
    job = sync.execute(
        import_campaign(
            account=sync.account, campaign_id=campaign, name="Campaign", actor=sync.actor
        )
    ).job
    sync.set_up(job, pull_add=True, remove_missing=True)
    before = held_ids(job)
    sync.org.forget_calls()
    sync.org.control("POST", "bulk/hold", {"held": True})

    def delete_when_the_query_waits():
        wait_until(lambda: any("/jobs/query/" in call["path"] for call in sync.org.calls()))
        client.Campaign.delete(campaign)
        sync.org.control("POST", "bulk/hold", {"held": False})

    person = threading.Thread(target=delete_when_the_query_waits)
    person.start()
    run = sync.run(job)
    person.join()

    assert run.records_read == run.records_removed == 0
    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert "The campaign was deleted" in run.message
    assert held_ids(job) == before
