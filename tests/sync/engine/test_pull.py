"""Pull: what Salesforce holds is what the list holds."""

import pytest

from lists.models import ListRecord
from sync.models import PullCursor, RunKind, RunState, SyncRun
from sync.services import add_columns
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.scenario

RESULTS = r"/jobs/query/[^/]+/results"
FIELDS_WITHOUT_EMAIL = [name for name in FIELDS if name != "Email"]
OPEN_LEADS = "SELECT Id, Email, LastName, Company, Description FROM Lead WHERE IsConverted = false"


def list_as_rows(job, *keys):
    return {
        record.salesforce_id: tuple(record.data[key] for key in keys)
        for record in ListRecord.objects.filter(list=job.list)
    }


@pytest.mark.requirement("S53", "S54", "S56", "S58")
def test_an_import_holds_every_open_lead_with_its_values(sync):
    job = sync.import_leads()

    expected = {
        lead["Id"]: tuple(lead[f] for f in ("Email", "LastName", "Company", "Description"))
        for lead in sync.org.query(OPEN_LEADS)
    }
    assert list_as_rows(job, "Email", "LastName", "Company", "Description") == expected
    run = SyncRun.objects.get()
    assert (run.kind, run.state) == (RunKind.IMPORT, RunState.SUCCEEDED)
    assert run.records_read == run.records_added == run.records_expected == len(expected)
    job.list.refresh_from_db()
    assert job.list.record_count == len(expected)
    assert job.list.folder.name == "Default Folder"


@pytest.mark.requirement("S75")
def test_a_pull_changes_the_chosen_fields_only(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Old title", Phone="1")
    job = sync.import_leads()
    sync.set_up(job, pull=["Title"])
    sync.org.client().Lead.update(lead, {"Title": "New title", "Phone": "2"})

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    record = sync.record(job, lead)
    assert (record.data["Title"], record.data["Phone"]) == ("New title", "1")
    assert run.records_updated == 1


@pytest.mark.requirement("S74")
def test_new_leads_join_the_list_when_add_new_is_on(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    lead = sync.create_lead(Email=sync.unique())

    run = sync.run(job)

    assert run.records_added == 1
    assert sync.record(job, lead).data["LastName"] == "Test"


@pytest.mark.requirement("S74")
def test_new_leads_stay_out_when_add_new_is_off(sync):
    job = sync.import_leads()
    sync.set_up(job, pull=["Title"])
    lead = sync.create_lead(Email=sync.unique())

    sync.run(job)

    assert not ListRecord.objects.filter(list=job.list, salesforce_id=lead).exists()


@pytest.mark.parametrize("reads_all", [False, True])
def test_an_unchanged_read_changes_nothing(sync, reads_all):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=["Title", "Phone", "LastName"])
    sync.run(job)
    before = dict(ListRecord.objects.filter(list=job.list).values_list("record_id", "updated_at"))
    if reads_all:
        PullCursor.objects.all().delete()

    run = sync.run(job)

    after = dict(ListRecord.objects.filter(list=job.list).values_list("record_id", "updated_at"))
    assert (run.records_added, run.records_updated) == (0, 0)
    assert run.records_unchanged == run.records_read
    assert (run.records_read == len(before)) or not reads_all
    assert after == before


@pytest.mark.requirement("S76")
def test_a_deleted_lead_leaves_the_list_when_remove_missing_is_on(sync):
    lead = sync.create_lead(Email=sync.unique())
    job = sync.import_leads()
    local = sync.add_local(job, Email=sync.unique("local"), LastName="Local")
    sync.set_up(job, remove_missing=True)
    sync.org.client().Lead.delete(lead)

    run = sync.run(job)

    assert run.records_removed == 1
    assert not ListRecord.objects.filter(list=job.list, salesforce_id=lead).exists()
    assert ListRecord.objects.filter(list=job.list, record_id=local.record_id).exists()


@pytest.mark.requirement("S76")
def test_a_deleted_lead_stays_when_remove_missing_is_off(sync):
    lead = sync.create_lead(Email=sync.unique())
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    sync.org.client().Lead.delete(lead)

    sync.run(job)

    assert ListRecord.objects.filter(list=job.list, salesforce_id=lead).exists()


def test_pages_add_up_to_the_whole(sync, settings):
    settings.SYNC_PAGE_ROWS = 70

    job = sync.import_leads()

    run = SyncRun.objects.get()
    assert run.records_read == run.records_expected == ListRecord.objects.count()
    assert run.records_read > 4 * 70
    assert job.list.record_count is not None


@pytest.mark.fault("F50")
@pytest.mark.parametrize("cut_at", [0, 1, 300, 5_000, 20_000])
def test_a_page_that_is_cut_is_read_again_and_nothing_is_missing(sync, cut_at):
    sync.org.fault(RESULTS, nth=1, cut_at=cut_at)

    sync.import_leads()

    run = SyncRun.objects.get()
    assert run.state == RunState.SUCCEEDED
    assert (
        ListRecord.objects.count()
        == run.records_expected
        == sync.org.count("SELECT COUNT() FROM Lead WHERE IsConverted = false")
    )


def empty_page(announced):
    """Return a fault: a whole answer without rows that announces `announced` of them."""
    header = ",".join(f'"{name}"' for name in ["Id", "OwnerId", "Email", *FIELDS_WITHOUT_EMAIL])
    return {
        "nth": 1,
        "status": 200,
        "body": header + "\n",
        "headers": {
            "Content-Type": "text/csv",
            "Sforce-NumberOfRecords": str(announced),
            "Sforce-Locator": "null",
        },
    }


@pytest.mark.fault("F50")
def test_a_page_with_fewer_rows_than_it_announces_is_read_again(sync):
    sync.org.fault(RESULTS, **empty_page(announced=500))

    sync.import_leads()

    run = SyncRun.objects.get()
    assert run.state == RunState.SUCCEEDED
    assert ListRecord.objects.count() == run.records_read == run.records_expected


@pytest.mark.fault("F50")
def test_a_result_with_fewer_records_than_the_job_removes_nobody(sync):
    job = sync.import_leads()
    before = ListRecord.objects.count()
    sync.set_up(job, remove_missing=True)
    sync.org.fault(RESULTS, **empty_page(announced=0))

    run = sync.run(job)

    assert run.state == RunState.FAILED
    assert "delivered 0" in run.message
    assert ListRecord.objects.count() == before


@pytest.mark.fault("F65")
def test_a_result_that_salesforce_drops_half_way_is_read_again_from_the_start(sync, settings):
    gone = sync.create_lead(Email=sync.unique())
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, remove_missing=True)
    settings.SYNC_PAGE_ROWS = ListRecord.objects.count() - 5
    sync.org.client().Lead.delete(gone)
    body = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    sync.org.fault(RESULTS, nth=2, status=404, body=body)

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    assert run.records_removed == 1
    assert run.records_read == run.records_expected == ListRecord.objects.count()


@pytest.mark.fault("F1")
def test_a_session_that_ends_in_the_middle_is_renewed(sync, settings):
    settings.SYNC_PAGE_ROWS = 100
    sync.org.expire_sessions()

    sync.import_leads()

    assert SyncRun.objects.get().state == RunState.SUCCEEDED


@pytest.mark.requirement("S55", "S77")
def test_an_added_column_brings_its_values_with_the_next_sync(sync):
    lead = sync.create_lead(Email=sync.unique(), City="Ulm", Title="Old")
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    add_columns(job=job, fields=["City"], actor=sync.actor)
    sync.org.client().Lead.update(lead, {"Title": "New"})

    sync.run(job)
    sync.org.client().Lead.update(lead, {"City": "Bonn"})
    sync.run(job)

    # It arrived once, with nothing else; from then on it follows what is chosen.
    record = sync.record(job, lead)
    assert (record.data["City"], record.data["Title"]) == ("Ulm", "Old")
