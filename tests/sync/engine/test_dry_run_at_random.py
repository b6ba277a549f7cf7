"""Whatever people did on both sides, a run does what the dry run before it told."""

import random
import re
import uuid

import pytest
from hypothesis import settings

from lists.models import ListRecord
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.models import RecordIssue, RunState, SyncJob, SyncRun
from tests.sync.engine.dry_run_kit import called, look, read_tables
from tests.sync.engine.random_people import CHANGED_BOTH_WAYS, World
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("every_sample")]


def read_org(sync):
    fields = f"Id, {', '.join(FIELDS)}, {EXTERNAL_ID_FIELD}, SystemModstamp, IsDeleted"
    return sync.org.query(f"SELECT {fields} FROM Lead", include_deleted=True)


def held(job):
    """Return what the list holds, by our record id where `before` knows it."""
    return {r.record_id: r for r in ListRecord.objects.filter(list=job.list)}


def count_waiting(calls):
    """Return how many calls asked again how far a Bulk job is: it takes as long as it takes."""
    asked = [
        call for call in calls if re.fullmatch(r"GET .*/jobs/(query|ingest)/\w+", " ".join(call))
    ]
    return len(asked) - len(set(asked))


def choose_options(chance):
    """Return a random set-up."""
    some = lambda: chance.sample(CHANGED_BOTH_WAYS, chance.randint(0, 6))  # noqa: E731
    flags = ("push_add", "pull_add", "remove_missing")
    return {"push": some(), "pull": some(), **{name: chance.random() < 0.8 for name in flags}}


def play_out(job, before, result):
    """Return what the list holds if everything that a dry run told is done to `before`."""
    keys = {column.name: column.key for column in job.list.columns.all()}
    samples = result["samples"]
    expected = {record_id: dict(record.data) for record_id, record in before.items()}
    for told in samples["updated"]:
        for name, old, new in told["changes"]:
            if name in keys:
                data = expected[uuid.UUID(told["record"])]
                assert data.get(keys[name]) == old
                data[keys[name]] = new
    for told in samples["removed"]:
        del expected[uuid.UUID(told["record"])]
    added = {
        told["salesforce_id"]: {keys[name]: value for name, value in told["values"]}
        for told in samples["added"]
    }
    return expected, added


def without_blanks(data):
    return {key: value for key, value in data.items() if value is not None}


def assert_the_run_does_what_was_told(sync, job, told, before):
    """Run the sync and compare all of it with what the dry run told."""
    run = sync.run(job)
    result = told.result
    counted = {name: getattr(run, name) for name in result["counts"] if name != "records_joined"}
    unknowable = find_deleted_there(job, run)
    counted["records_failed"] -= len(unknowable)
    counted["records_pushed_changed"] += len(unknowable)
    assert counted == {name: n for name, n in result["counts"].items() if name != "records_joined"}
    assert run.read_reason == result["read_reason"]
    assert run.state == (RunState.SUCCEEDED_WITH_ERRORS if unknowable else told.state)
    after = held(job)
    expected, added = play_out(job, before, result)
    kept = {key: without_blanks(r.data) for key, r in after.items() if key in before}
    assert kept == {key: without_blanks(data) for key, data in expected.items()}
    new = {r.salesforce_id: without_blanks(r.data) for key, r in after.items() if key not in before}
    assert new == added
    linked = {t["record"]: t["salesforce_id"] for t in result["samples"]["linked"]}
    assert {key: after[uuid.UUID(key)].salesforce_id for key in linked} == linked
    issues = RecordIssue.objects.filter(run=run).exclude(record_key__in=unknowable)
    assert sorted(issues.values_list("record_key", "code", "message")) == sorted(
        (t["record"], t["code"], t["message"]) for t in result["samples"]["refused"]
    )
    assert_the_org_has_what_was_sent(sync, result, unknowable)
    return run


def find_deleted_there(job, run):
    """Return which records the list keeps though they were deleted in Salesforce.

    Nobody asked for these: only what is sent is refused.
    """
    issues = RecordIssue.objects.filter(run=run, code="ENTITY_IS_DELETED")
    assert not (issues and SyncJob.objects.get(pk=job.pk).remove_missing)
    return set(issues.values_list("record_key", flat=True))


def assert_the_org_has_what_was_sent(sync, result, unknowable):
    names = {"First Name": "FirstName", "Last Name": "LastName"}
    for sent in result["samples"]["sent"]:
        assert sent["count"] == len(sent["records"])
        key = EXTERNAL_ID_FIELD if sent["operation"] == "upsert" else "Id"
        fields = [name for name in FIELDS if (sent["object"], name) != ("Contact", "Company")]
        rows = sync.org.query(f"SELECT {', '.join([*fields, key])} FROM {sent['object']}")
        there = {row[key]: row for row in rows}
        for told in sent["records"]:
            if told["record"] in unknowable:
                continue
            row = there[told["record" if key == EXTERNAL_ID_FIELD else "salesforce_id"]]
            for name, value in told["values"]:
                assert row[names.get(name, name)] == value


# Changes by REST with collections and a converted lead, and a whole read with a merge in bulk.
EVERY_DAY, DEEP = (4, 5), range(100)
SEEDS = DEEP if settings().max_examples >= 5_000 else EVERY_DAY


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_does_what_its_dry_run_told_and_the_dry_run_changes_nothing(sync, seed, request):
    chance = random.Random(seed)
    if seed % 2:
        request.getfixturevalue("in_bulk")
    world = World(sync, chance)
    job = sync.import_leads()
    sync.set_up(job, **choose_options(chance))
    if chance.random() < 0.7:  # else the first run reads everything
        assert sync.run(job).state == RunState.SUCCEEDED
    world.happen_there()
    world.happen_here(job)
    before, tables, org = held(job), read_tables(), read_org(sync)
    runs = list(SyncRun.objects.values())
    sync.org.forget_calls()

    told = look(sync, job)

    assert told.state in (RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_ERRORS), told.message
    looked = called(sync)
    assert told.result["calls"]["reads"] == len(looked)
    assert read_tables() == tables
    assert read_org(sync) == org
    assert list(SyncRun.objects.exclude(pk=told.pk).values()) == runs
    sync.org.forget_calls()
    run = assert_the_run_does_what_was_told(sync, job, told, before)
    calls = told.result["calls"]
    # The dry run reckons that each Bulk job is asked once more before it is done.
    told_calls = calls["reads"] + calls["writes"] - calls["bulk_jobs"] - count_waiting(looked)
    second_look = bool(find_deleted_there(job, run))
    assert told_calls + second_look == run.api_calls - count_waiting(called(sync))
