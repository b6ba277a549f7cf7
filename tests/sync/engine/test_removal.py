"""The brake: nobody is removed by mistake."""

import csv
import io

import pytest

from lists.models import ListRecord
from sync.errors import InvalidSetupError
from sync.models import RunState
from sync.services import release_removals
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.scenario


@pytest.fixture
def job(sync):
    """A list that knows many records which Salesforce does not have."""
    job = sync.import_leads()
    strangers = [
        ListRecord(
            account=sync.account,
            list=job.list,
            salesforce_id=f"00Q9{n:011d}AAA",
            email=f"gone{n}@example.net",
            updated_at=job.list.created_at,
        )
        for n in range(ListRecord.objects.count())
    ]
    ListRecord.objects.bulk_create(strangers)
    sync.set_up(job, remove_missing=True)
    return job


@pytest.mark.requirement("S76")
@pytest.mark.fault("F37")
def test_too_many_removals_wait_for_a_person(sync, job):
    before = ListRecord.objects.count()

    run = sync.run(job)

    assert ListRecord.objects.count() == before
    assert run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert run.removals_held == before // 2
    assert "no longer found in Salesforce" in run.message


def test_a_person_releases_the_removals_and_the_run_goes_on(sync, job):
    before = ListRecord.objects.count()
    run = sync.run(job)

    release_removals(run=run, actor=sync.actor)
    run = sync.execute(run)

    assert run.state == RunState.SUCCEEDED
    assert (run.records_removed, run.removals_held) == (before // 2, 0)
    assert ListRecord.objects.count() == before // 2


def test_removals_of_an_old_run_are_not_released(sync, job):
    old = sync.run(job)
    sync.run(job)
    before = ListRecord.objects.count()

    with pytest.raises(InvalidSetupError, match="out of date"):
        release_removals(run=old, actor=sync.actor)

    assert ListRecord.objects.count() == before


def test_an_account_that_allows_it_removes_what_a_count_confirms(sync, job):
    sync.account.removal_limit_percent = 100
    sync.account.save()
    before = ListRecord.objects.count()

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    assert run.records_removed == before // 2


def test_releasing_removals_keeps_what_the_same_run_has_pushed(sync, job):
    sync.set_up(job, remove_missing=True, push_add=True)
    new = sync.add_local(job, Email=sync.unique("new"), LastName="New", Company="Company")
    known_address = sync.unique("known")
    sync.create_lead(Email=known_address)
    ListRecord.objects.filter(email=known_address).delete()
    run = sync.run(job)
    linked = sync.add_local(job, Email=known_address, LastName="Known", Company="Company")
    held = run.removals_held

    release_removals(run=run, actor=sync.actor)
    run = sync.execute(run)

    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, held)
    kept = ListRecord.objects.filter(record_id__in=[new.record_id, linked.record_id])
    assert kept.count() == 2


def test_a_release_removes_nobody_when_the_number_has_changed(sync, job):
    run = sync.run(job)
    release_removals(run=run, actor=sync.actor)
    ListRecord.objects.filter(salesforce_id__startswith="00Q9").first().delete()
    before = ListRecord.objects.count()

    run = sync.execute(run)

    assert ListRecord.objects.count() == before
    assert "Look again" in run.message
    assert run.removals_held > 0


@pytest.mark.parametrize(("limit", "removed"), [(0, 0), (100, 1)])
def test_a_small_removal_asks_a_person_when_the_account_allows_none(sync, limit, removed):
    sync.account.removal_limit_percent = limit
    sync.account.save()
    lead = sync.create_lead(Email=sync.unique())
    job = sync.import_leads()
    sync.set_up(job, remove_missing=True)
    sync.org.client().Lead.delete(lead)

    run = sync.run(job)

    assert run.records_removed == removed
    assert ListRecord.objects.filter(salesforce_id=lead).exists() is (removed == 0)
    assert run.removals_held == 1 - removed


def page_of(records):
    """Return a fault: the last page of a result, made of these records."""
    body = io.StringIO()
    writer = csv.DictWriter(body, records[0], quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    headers = {"Sforce-NumberOfRecords": str(len(records)), "Sforce-Locator": "null"}
    return {
        "status": 200,
        "body": body.getvalue(),
        "headers": {"Content-Type": "text/csv", **headers},
    }


@pytest.mark.requirement("S76")
@pytest.mark.fault("F50")
def test_nobody_is_removed_when_a_page_comes_twice_in_place_of_another(sync, settings):
    job = sync.import_leads()
    sync.set_up(job, remove_missing=True)
    before = ListRecord.objects.count()
    first = sync.org.query(
        f"SELECT Id, OwnerId, {', '.join(FIELDS)} FROM Lead WHERE IsConverted = false "
        "ORDER BY Id LIMIT 20"
    )
    settings.SYNC_PAGE_ROWS = before - len(first)
    sync.org.fault("/jobs/query/[^/]+/results", nth=2, **page_of(first))

    run = sync.run(job)

    assert run.state == RunState.FAILED
    assert f"only {before - len(first)} of them were different" in run.message.replace(",", "")
    assert ListRecord.objects.count() == before
