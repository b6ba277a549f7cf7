"""A pull of what changed leaves the list as a read of everything would."""

import random
from datetime import timedelta

import pytest

from connectors.clients import open_client
from connectors.models import Connection
from connectors.services import refresh_fields
from lists.models import ListRecord
from sync.models import PullCursor, RunState, SyncRun
from sync.services import add_columns, release_removals
from tests.local_org import start_local_org
from tests.org_fields import OrgFields
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.scenario

PULLED = ["Title", "Phone", "LastName", "Company", "Email", "Description"]
ALL = {"pull": PULLED, "pull_add": True, "remove_missing": True}
ODD_TEXT = 'Line\r\nbreak, "quote"\u2028\u0085 \U0001f600 \u202eright to left'


@pytest.fixture(scope="module")
def running_org(tmp_path_factory):
    """An organisation whose clock these tests may move."""
    with start_local_org(tmp_path_factory.mktemp("changes"), "leads:300,contacts:5") as org:
        yield org


@pytest.fixture
def job(sync):
    return sync.import_leads()


def settle(sync, job, **options):
    """Set a job up and run it, so that the next run reads changes."""
    sync.set_up(job, **(options or ALL))
    assert sync.run(job).state == RunState.SUCCEEDED
    return job


def merge(sync, winner, *losers):
    sync.org.control("POST", "merge", {"object": "Lead", "winner": winner, "losers": list(losers)})


def convert(sync, lead):
    (outcome,) = sync.org.control("POST", "convert-leads", [{"leadId": lead}])
    assert outcome["error"] is None


def held_ids(job):
    return set(ListRecord.objects.filter(list=job.list).values_list("salesforce_id", flat=True))


def held(job):
    return {
        record.salesforce_id: {name: record.data[name] for name in FIELDS}
        for record in ListRecord.objects.filter(list=job.list)
    }


def open_leads(sync):
    leads = sync.org.query(f"SELECT Id, {', '.join(FIELDS)} FROM Lead WHERE IsConverted = false")
    return {lead["Id"]: {name: lead[name] for name in FIELDS} for lead in leads}


def read_all_again(sync, job):
    """Read everything; what it changes, the pulls before have missed."""
    PullCursor.objects.all().delete()
    run = sync.run(job)
    assert run.read_since is None
    return run.records_added, run.records_updated, run.records_removed


@pytest.mark.requirement("S74", "S75")
def test_a_sync_reads_only_what_changed_when_the_last_one_read_everything(sync, job):
    changed = sync.create_lead(Email=sync.unique(), Title="Old")
    settle(sync, job)
    sync.org.shift_clock(3600)  # beyond the overlap lies what has not changed
    sync.org.client().Lead.update(changed, {"Title": "New", "Description": ODD_TEXT})
    added = sync.create_lead(Email=sync.unique())

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    assert run.read_since is not None
    assert run.read_reason == "Only what changed since the last sync."
    assert run.records_read == run.records_expected == 2
    assert (run.records_added, run.records_updated) == (1, 1)
    assert sync.record(job, changed).data["Description"] == ODD_TEXT
    assert added in held_ids(job)


def test_nothing_is_read_and_few_calls_are_made_when_nothing_changed(sync, job):
    settle(sync, job)
    sync.org.shift_clock(3600)
    sync.run(job)  # reads nothing either, and learns how late it is

    run = sync.run(job)

    assert run.records_read == run.records_added == run.records_updated == 0
    assert run.api_calls <= 5


def test_the_first_sync_says_that_it_reads_everything(sync, job):
    imported = SyncRun.objects.get()
    sync.set_up(job, **ALL)

    run = sync.run(job)

    assert imported.read_reason == "Everything. This is the first sync that reads the list."
    assert (run.read_since, run.records_read) == (None, len(open_leads(sync)))
    assert "pull options were changed" in run.read_reason


def test_a_sync_reads_everything_when_a_pulled_field_is_calculated(sync, job):
    OrgFields(sync.org).add("Lead.Shout__c", "Text", "<formula>UPPER(LastName)</formula>")
    with open_client(Connection.objects.get()) as client:
        refresh_fields(client=client, sobject_type="Lead")
    add_columns(job=job, fields=["Shout__c"], actor=sync.actor)
    settle(sync, job, pull=["Shout__c"])

    run = sync.run(job)

    assert run.read_since is None
    assert "New values of Shout do not mark" in run.read_reason


def test_rest_and_bulk_give_the_same_text_when_a_list_has_every_kind_of_field(sync):
    fields = [*FIELDS, "DoNotCall", "CreatedDate", "NumberOfEmployees", "LeadSource", "OwnerId"]
    lead = sync.create_lead(
        Email=sync.unique(), NumberOfEmployees=1_200_000, Description=ODD_TEXT, DoNotCall=True
    )
    job = sync.import_leads(fields)
    settle(sync, job, pull=fields, pull_add=True)
    sync.org.control("POST", "touch", {"ids": [lead]})

    run = sync.run(job)

    assert run.records_read >= 1
    assert run.records_updated == 0
    assert read_all_again(sync, job) == (0, 0, 0)


def test_changes_go_by_a_bulk_job_when_rest_would_write_numbers_otherwise(sync):
    fields = [*FIELDS, "AnnualRevenue"]
    job = sync.import_leads(fields)
    settle(sync, job, pull=fields, pull_add=True)
    lead = sync.create_lead(Email=sync.unique(), AnnualRevenue=12_500_000)
    sync.org.forget_calls()

    run = sync.run(job)

    assert run.read_since is not None
    assert run.records_added == 1
    assert any(call["path"].endswith("/jobs/query") for call in sync.org.calls())
    assert float(sync.record(job, lead).data["AnnualRevenue"]) == 12_500_000
    sync.org.shift_clock(3600)
    sync.run(job)
    sync.org.forget_calls()
    unchanged = sync.run(job)
    assert (unchanged.state, unchanged.records_read) == (RunState.SUCCEEDED, 0)
    assert not any(call["path"].endswith("/jobs/query") for call in sync.org.calls())
    assert read_all_again(sync, job) == (0, 0, 0)


@pytest.mark.parametrize("reads_all", [False, True])
@pytest.mark.requirement("S76")
def test_a_deleted_lead_leaves_the_list_when_remove_missing_is_on(sync, job, reads_all):
    lead = sync.create_lead(Email=sync.unique())
    settle(sync, job)
    assert lead in held_ids(job)
    sync.org.client().Lead.delete(lead)
    if reads_all:
        PullCursor.objects.all().delete()

    run = sync.run(job)

    assert run.records_removed == 1
    assert (run.read_since is None) is reads_all
    assert lead not in held_ids(job)


@pytest.mark.requirement("S76")
def test_a_deleted_lead_stays_when_remove_missing_is_off(sync, job):
    lead = sync.create_lead(Email=sync.unique())
    settle(sync, job, pull_add=True)
    sync.org.client().Lead.delete(lead)

    sync.run(job)

    assert lead in held_ids(job)


@pytest.mark.requirement("S76")
@pytest.mark.parametrize("removes", [False, True])
def test_a_converted_lead_leaves_the_open_leads_like_a_missing_one(sync, job, removes):
    lead = sync.create_lead(Email=sync.unique())
    settle(sync, job, pull_add=True, remove_missing=removes)
    convert(sync, lead)

    run = sync.run(job)

    assert run.records_removed == int(removes)
    assert (lead in held_ids(job)) is not removes


@pytest.mark.fault("F42")
def test_many_deletions_wait_for_a_person_and_are_seen_again_until_then(sync, job):
    leads = [sync.create_lead(Email=sync.unique()) for _ in range(10)]
    settle(sync, job)
    sync.account.removal_limit_percent = 1
    sync.account.save()
    for lead in leads:
        sync.org.client().Lead.delete(lead)

    first, second = sync.run(job), sync.run(job)

    assert first.state == second.state == RunState.SUCCEEDED_WITH_ERRORS
    assert first.removals_held == second.removals_held == len(leads)
    assert second.read_since == first.read_since
    assert "were deleted or converted" in second.message
    release_removals(run=second, actor=sync.actor)
    released = sync.execute(second)
    assert (released.state, released.records_removed) == (RunState.SUCCEEDED, len(leads))
    assert not held_ids(job) & set(leads)


@pytest.mark.fault("F43")
@pytest.mark.parametrize("pulled_between", [False, True])
def test_a_lead_that_was_restored_is_in_the_list_once(sync, job, pulled_between):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    settle(sync, job)
    before = sync.record(job, lead).record_id
    sync.org.shift_clock(3600)
    sync.org.client().Lead.delete(lead)
    if pulled_between:
        assert sync.run(job).records_removed == 1
    sync.org.undelete(lead)
    sync.org.client().Lead.update(lead, {"Title": "Restored"})

    run = sync.run(job)

    assert (run.state, run.read_since is None) == (RunState.SUCCEEDED, False)
    assert (run.records_added, run.records_removed) == (int(pulled_between), 0)
    record = sync.record(job, lead)
    assert record.data["Title"] == "Restored"
    assert (record.record_id == before) is not pulled_between
    assert held(job) == open_leads(sync)


@pytest.mark.fault("F41")
@pytest.mark.parametrize("reads_all", [False, True])
def test_a_merged_lead_follows_its_master_through_a_chain(sync, job, reads_all):
    lost, middle = (sync.create_lead(Email=sync.unique()) for _ in range(2))
    settle(sync, job)
    master = sync.create_lead(Email=sync.unique(), Title="Master")
    before = sync.record(job, lost).record_id
    ListRecord.objects.filter(list=job.list, salesforce_id=middle).delete()
    merge(sync, middle, lost)
    merge(sync, master, middle)
    if reads_all:
        PullCursor.objects.all().delete()

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    assert (run.records_added, run.records_removed) == (0, 0)
    record = sync.record(job, master)
    assert (record.record_id, record.data["Title"]) == (before, "Master")
    assert lost not in held_ids(job)


@pytest.mark.fault("F41")
def test_two_records_become_one_and_keep_our_edits_when_their_leads_were_merged(sync, job):
    winner = sync.create_lead(Email=sync.unique("winner"), Title="Winner", Phone="1")
    loser = sync.create_lead(Email=sync.unique("loser"), Title="Loser", Phone="2")
    settle(sync, job)
    sync.edit(job, loser, Phone="9")
    sync.edit(job, winner, Title="Edited")
    kept = sync.record(job, winner).record_id
    merge(sync, winner, loser)

    run = sync.run(job)

    assert (run.records_added, run.records_removed) == (0, 0)
    assert loser not in held_ids(job)
    record = sync.record(job, winner)
    assert record.record_id == kept
    assert (record.data["Phone"], record.data["Title"]) == ("9", "Edited")
    assert record.dirty == {"Phone": "1", "Title": "Winner"}


def test_a_record_that_a_push_linked_meets_the_old_values_of_salesforce(sync, job):
    email = sync.unique()
    lead = sync.create_lead(Email=email, Title="Theirs")
    sync.org.shift_clock(3600)
    local = sync.add_local(job, Email=email, LastName="Local", Company="Local", Title="Ours")
    settle(sync, job, pull=["Title"], push=["Title"], push_add=True)
    local.refresh_from_db()
    assert local.salesforce_id == lead

    run = sync.run(job)

    assert run.read_since is not None
    assert sync.record(job, lead).data["Title"] == "Theirs"
    (held,) = sync.org.query(f"SELECT Title FROM Lead WHERE Id = '{lead}'")
    assert held["Title"] == "Theirs"


@pytest.mark.fault("F70")
def test_a_change_that_was_committed_late_is_not_missed(sync, job):
    late = sync.create_lead(Email=sync.unique(), Title="Old")
    settle(sync, job)
    sync.org.shift_clock(3600)
    sync.create_lead(Email=sync.unique())
    sync.run(job)
    sync.org.shift_clock(-400)  # its time is older than the newest one that was read
    sync.org.client().Lead.update(late, {"Title": "Late"})
    sync.org.shift_clock(400)

    run = sync.run(job)

    assert run.read_since is not None
    assert sync.record(job, late).data["Title"] == "Late"


@pytest.mark.fault("F71")
def test_what_was_deleted_during_a_long_pause_leaves_the_list(sync, job):
    lead = sync.create_lead(Email=sync.unique())
    settle(sync, job)
    sync.org.client().Lead.delete(lead)
    sync.org.shift_clock(16 * 86_400)
    sync.org.control("POST", "empty-recycle-bin", {"ids": [lead]})
    long_ago = timedelta(days=16)
    for cursor in PullCursor.objects.all():
        cursor.read_at -= long_ago
        cursor.whole_read_at -= long_ago
        cursor.save()

    run = sync.run(job)

    assert run.read_since is None
    assert "more than 14 days ago" in run.read_reason
    assert run.records_removed == 1
    assert lead not in held_ids(job)


@pytest.mark.fault("F69")
def test_every_record_is_read_when_more_than_a_page_share_one_time(sync, job):
    sync.set_up(job, **ALL)
    client = sync.org.client()
    sync.org.shift_clock(3600)  # what other tests changed lies before the overlap
    people = [
        {"LastName": f"Same {n}", "Company": "Same", "Email": sync.unique()} for n in range(2_100)
    ]
    created = client.bulk2.Lead.insert(records=people)
    assert created[0]["numberRecordsFailed"] == 0
    sync.run(job)
    leads = [lead["Id"] for lead in sync.org.query("SELECT Id FROM Lead WHERE Company = 'Same'")]
    ListRecord.objects.filter(list=job.list, salesforce_id__in=leads[1_000:]).delete()
    sync.org.shift_clock(3600)
    sync.org.control("POST", "touch", {"ids": leads})
    stamps = sync.org.query("SELECT SystemModstamp FROM Lead WHERE Company = 'Same'")
    assert len({row["SystemModstamp"] for row in stamps}) == 1

    run = sync.run(job)

    assert run.read_since is not None
    assert run.records_read == len(leads) == 2_100
    assert run.records_added == 1_100
    assert held(job) == open_leads(sync)
    for start in range(0, len(leads), 200):
        client.restful(
            "composite/sobjects",
            method="DELETE",
            params={"ids": ",".join(leads[start : start + 200])},
        )


def change_something(sync, chance):
    """Do one thing that people do in Salesforce."""
    client = sync.org.client()
    leads = sorted(open_leads(sync))
    deeds = {
        "create": lambda: sync.create_lead(Email=sync.unique(), Title=str(chance.random())),
        "update": lambda: client.Lead.update(
            chance.choice(leads), {"Title": str(chance.random()), "Description": ODD_TEXT}
        ),
        "delete": lambda: client.Lead.delete(chance.choice(leads)),
        "merge": lambda: merge(sync, *chance.sample(leads, chance.choice([2, 3]))),
        "convert": lambda: convert(sync, chance.choice(leads)),
        "touch": lambda: sync.org.control("POST", "touch", {"ids": chance.sample(leads, 3)}),
        "wait": lambda: sync.org.shift_clock(chance.choice([1, 60, 900])),
    }
    deeds[chance.choice(sorted(deeds))]()


@pytest.mark.parametrize("seed", range(3))
def test_pulls_of_changes_give_the_list_that_a_read_of_everything_gives(sync, job, seed):
    chance = random.Random(seed)
    settle(sync, job)

    for _ in range(5):
        for _ in range(chance.randint(1, 6)):
            change_something(sync, chance)
        run = sync.run(job)
        assert (run.state, run.read_since is None) == (RunState.SUCCEEDED, False)
        assert held(job) == open_leads(sync)

    assert read_all_again(sync, job) == (0, 0, 0)
