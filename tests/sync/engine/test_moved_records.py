"""Records that were merged, deleted or restored in Salesforce while they were edited here."""

import pytest

from lists.models import ListRecord
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RecordIssue, RunState

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


@pytest.fixture
def leads(sync):
    return [sync.create_lead(Email=sync.unique(), Title="Old") for _ in range(5)]


@pytest.fixture
def job(sync, leads):
    """A list that only pushes: a pull would follow and remove before anything is sent."""
    job = sync.import_leads()
    sync.set_up(job, push_add=True, push=["Title", "Phone"])
    return job


def get(sync, lead):
    return sync.org.client().Lead.get(lead)


def merge(sync, winner, *losers):
    sync.org.control("POST", "merge", {"object": "Lead", "winner": winner, "losers": list(losers)})


def count_leads(sync):
    return sync.org.count("SELECT COUNT() FROM Lead")


def is_listed(job, lead):
    return ListRecord.objects.filter(list=job.list, salesforce_id=lead).exists()


@pytest.mark.fault("F41")
def test_edits_follow_their_leads_to_the_end_of_a_chain_of_merges(sync, way, job, leads):
    one, two, listed_master, *_ = leads
    middle, unlisted_master = (sync.create_lead(Email=sync.unique(), Title="X") for _ in range(2))
    sync.edit(job, one, Phone="+1 555 0100")
    sync.edit(job, two, Phone="+1 555 0200")
    merge(sync, middle, one)
    merge(sync, unlisted_master, middle)
    merge(sync, listed_master, two)

    first = sync.run(job)
    sync.run(job)

    assert get(sync, unlisted_master)["Phone"] == "+1 555 0100"
    assert get(sync, listed_master)["Phone"] == "+1 555 0200"
    assert sync.record(job, unlisted_master).dirty is None
    assert not is_listed(job, one)
    assert not is_listed(job, two)
    assert (first.state, first.records_followed) == (RunState.SUCCEEDED, 2)
    assert not RecordIssue.objects.exists()


@pytest.mark.fault("F41", "F48")
def test_an_edit_that_follows_a_merge_is_compared_before_it_is_sent(sync, way, job, leads):
    lost, master, *_ = leads  # the master's record comes behind in the order of sending
    sync.edit(job, lost, Title="Ours")
    merge(sync, master, lost)
    sync.org.client().Lead.update(master, {"Title": "Theirs"})

    run = sync.run(job)

    assert (run.records_followed, run.records_pushed_changed) == (1, 0)
    assert get(sync, master)["Title"] == "Theirs"
    assert sync.record(job, master).dirty == {"Title": "Old"}
    sync.set_up(job, push=["Title"], pull=["Title"])
    assert sync.run(job).records_overruled == 1
    assert sync.record(job, master).data["Title"] == get(sync, master)["Title"] == "Theirs"


@pytest.mark.fault("F42", "F43")
def test_a_deleted_lead_is_told_never_created_again_and_taken_up_when_it_is_restored(
    sync, job, leads
):
    deleted, purged, *_ = leads
    for lead in (deleted, purged):
        sync.edit(job, lead, Title="New")
        sync.org.client().Lead.delete(lead)
    sync.org.control("POST", "empty-recycle-bin", {"ids": [purged]})
    before = count_leads(sync)

    runs = [sync.run(job) for _ in range(2)]

    assert count_leads(sync) == before
    assert [run.records_pushed_new for run in runs] == [0, 0]
    told = {issue.salesforce_id: issue for issue in RecordIssue.objects.filter(run=runs[1])}
    assert told.keys() == {deleted, purged}
    assert all("It is not created again. Restore it" in each.advice for each in told.values())
    assert sync.record(job, deleted).dirty == {"Title": "Old"}

    sync.org.undelete(deleted)
    run = sync.run(job)

    assert get(sync, deleted)["Title"] == "New"
    assert run.records_pushed_changed == 1
    assert count_leads(sync) == before + 1


@pytest.mark.fault("F43")
def test_a_lead_of_ours_comes_back_to_the_list_once_when_it_is_restored(sync, job):
    sync.set_up(job, push_add=True, pull_add=True, remove_missing=True)
    email = sync.unique("restored")
    record = sync.add_local(job, Email=email, LastName="Restored", Company="Company")
    sync.run(job)
    (lead,) = sync.org.query(f"SELECT Id FROM Lead WHERE Email = '{email}'")
    sync.org.client().Lead.delete(lead["Id"])
    sync.run(job)
    assert not is_listed(job, lead["Id"])
    sync.org.undelete(lead["Id"])

    sync.run(job)
    sync.run(job)

    assert sync.record(job, lead["Id"]).email == email
    found = sync.org.query(f"SELECT Id, {EXTERNAL_ID_FIELD} FROM Lead WHERE Email = '{email}'")
    assert [each["Id"] for each in found] == [lead["Id"]]
    assert found[0][EXTERNAL_ID_FIELD] == str(record.record_id)


@pytest.mark.fault("F26")
def test_a_duplicate_value_is_a_success_when_it_is_our_own_record(sync, job):
    ours, theirs = (
        sync.add_local(job, LastName=name, Company="Company") for name in ("Ours", "Theirs")
    )
    lead = sync.create_lead(LastName="Ours", **{EXTERNAL_ID_FIELD: str(ours.record_id)})
    before = count_leads(sync)
    message = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
    error = {"statusCode": "DUPLICATE_VALUE", "message": message, "fields": []}
    refused = {"success": False, "errors": [error]}
    sync.org.fault("/composite/sobjects/Lead/", status=200, body=[refused, refused])

    run = sync.run(job)

    assert sync.record(job, lead).record_id == ours.record_id
    issue = RecordIssue.objects.get()
    assert (issue.code, issue.record_key) == ("DUPLICATE_VALUE", str(theirs.record_id))
    assert (run.records_linked, run.records_failed) == (1, 1)
    assert count_leads(sync) == before
