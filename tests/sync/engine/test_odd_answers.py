"""Answers that are whole as HTTP and wrong inside: nothing of them stays, nobody is removed."""

import csv
import io
import json

import pytest

from lists.models import ListRecord
from sync.engine import matching
from sync.models import FailureReason, RunState
from tests.sync_kit import FIELDS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]

RESULTS = r"/jobs/query/[^/]+/results"
CHANGES = r"/query/?\?.*ORDER"
HEADER = ["Id", "OwnerId", "Email", *[name for name in FIELDS if name != "Email"]]
ALL = {"pull": ["Title", "Description"], "pull_add": True, "remove_missing": True}


@pytest.fixture
def job(sync):
    job = sync.import_leads()
    sync.set_up(job, **ALL)
    return job


def page(rows, header=HEADER):
    """Return a fault: a whole answer with these rows, which announces as many."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([header, *rows])
    return {"status": 200, "body": text.getvalue(), "headers": headers_for(len(rows))}


def headers_for(count):
    return {
        "Content-Type": "text/csv",
        "Sforce-NumberOfRecords": str(count),
        "Sforce-Locator": "null",
    }


def row_of(record, **changes):
    values = {"Id": record.salesforce_id, "OwnerId": record.owner_id, **record.data, **changes}
    return [values[name] or "" for name in HEADER]


def held(job):
    records = ListRecord.objects.filter(list=job.list)
    return {record.salesforce_id: record.data for record in records}


def broken(job, kind):
    """Return a page that is whole by its length and wrong by its content."""
    record = ListRecord.objects.filter(list=job.list).first()
    whole = page([row_of(record)])
    return {
        "a row cut at a cell's edge": {**whole, "body": whole["body"].rstrip("\n")},
        "a row cut in a cell": {**whole, "body": whole["body"][:-9]},
        "one record twice": page([row_of(record, Title="Twice")] * 2),
        "an id that is none": page([row_of(record, Id="nobody")]),
    }[kind]


@pytest.mark.fault("F50", "F52")
@pytest.mark.parametrize(
    "kind",
    [
        "a row cut at a cell's edge",
        "a row cut in a cell",
        "one record twice",
        "an id that is none",
    ],
)
def test_a_page_with_broken_rows_is_read_again(sync, job, kind):
    before = held(job)
    sync.org.fault(RESULTS, nth=1, **broken(job, kind))

    run = sync.run(job)

    assert run.state == RunState.SUCCEEDED
    assert (run.records_read, run.records_removed) == (run.records_expected, 0)
    assert held(job) == before


@pytest.mark.fault("F50", "F52")
def test_a_page_that_stays_broken_interrupts_the_run_and_removes_nobody(sync, job):
    before = held(job)
    sync.org.fault(RESULTS, every=1, **broken(job, "a row cut at a cell's edge"))

    run = sync.run(job)

    assert run.state == RunState.INTERRUPTED
    assert "PAGE_BROKEN: The page ends in the middle of a row." in run.message
    assert held(job) == before
    sync.org.mend()
    assert sync.execute(run).state == RunState.SUCCEEDED
    assert held(job) == before


@pytest.mark.fault("F35", "F75")
@pytest.mark.parametrize("header", [HEADER[:-1], [*HEADER[:-1], "email"]])
def test_a_page_without_a_column_or_with_one_twice_changes_nothing(sync, job, header):
    before = held(job)
    width = len(header)
    rows = [row_of(record)[:width] for record in ListRecord.objects.filter(list=job.list)]
    sync.org.fault(RESULTS, every=1, **page(rows, header))

    run = sync.run(job)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.PERMANENT)
    assert "COLUMNS_WRONG" in run.message
    assert "Description" in run.message or "email" in run.message
    assert held(job) == before


@pytest.mark.fault("F75")
def test_a_page_with_a_mark_at_its_start_and_names_in_another_case_is_read(sync, job):
    record = ListRecord.objects.filter(list=job.list).first()
    changed = page([row_of(record, Title="Read")], [name.upper() for name in HEADER])
    changed["body"] = "\ufeff" + changed["body"]
    sync.set_up(job, pull=["Title"])
    sync.org.fault(RESULTS, nth=1, **changed)

    run = sync.run(job)

    # The job counts more records than this one page holds.
    assert (run.state, run.records_read) == (RunState.FAILED, 1)
    assert sync.record(job, record.salesforce_id).data["Title"] == "Read"


@pytest.fixture
def settled(sync, job):
    """A list whose next pull reads changes alone, by REST."""
    assert sync.run(job).state == RunState.SUCCEEDED
    return job


def changes(records, **more):
    text = json.dumps({"totalSize": len(records), "done": True, "records": records, **more})
    return {"status": 200, "body": text, "headers": {"Content-Type": "application/json"}}


def as_rest(record, **values):
    stamp = {"SystemModstamp": "2026-01-01T00:00:00.000+0000"}
    return {
        "Id": record.salesforce_id,
        "OwnerId": record.owner_id,
        **record.data,
        **stamp,
        **values,
    }


@pytest.mark.fault("F50", "F59")
def test_changes_that_are_fewer_than_they_count_are_not_taken_for_all(sync, settled):
    lead = sync.create_lead(Email=sync.unique())
    sync.org.fault(CHANGES, nth=1, **changes([], totalSize=1))

    run = sync.run(settled)

    assert run.state == RunState.INTERRUPTED
    assert "The query counts 1 records and 0 came." in run.message
    run = sync.execute(run)
    assert (run.state, run.records_added) == (RunState.SUCCEEDED, 1)
    assert sync.record(settled, lead)


@pytest.mark.fault("F35")
def test_a_changed_record_without_a_field_is_not_one_with_a_blank(sync, settled):
    record = ListRecord.objects.filter(list=settled.list).first()
    before = held(settled)
    found = as_rest(record)
    del found["Description"]
    sync.org.fault(CHANGES, nth=1, **changes([found]))

    run = sync.run(settled)

    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.PERMANENT)
    assert "A record lacks Description." in run.message
    assert held(settled) == before


@pytest.mark.fault("F74")
def test_what_no_database_holds_is_replaced_and_counted_by_rest(sync, settled):
    record = ListRecord.objects.filter(list=settled.list).first()
    found = as_rest(record, Title="zero\0", Description="half \ud83d of it")
    sync.org.fault(CHANGES, nth=1, **changes([found]))

    run = sync.run(settled)

    assert (run.state, run.characters_replaced) == (RunState.SUCCEEDED, 2)
    data = sync.record(settled, record.salesforce_id).data
    assert (data["Title"], data["Description"]) == ("zero\ufffd", "half \ufffd of it")


@pytest.mark.fault("F74")
def test_what_no_database_holds_is_replaced_and_counted_in_bulk(sync, job):
    record = ListRecord.objects.filter(list=job.list).first()
    sync.org.fault(RESULTS, nth=1, **page([row_of(record, Title="zero\0 and \0")]))

    run = sync.run(job)

    assert run.characters_replaced == 2
    assert sync.record(job, record.salesforce_id).data["Title"] == "zero\ufffd and \ufffd"


@pytest.mark.fault("F50")
@pytest.mark.parametrize("announced", [0, 500])
def test_nobody_is_created_twice_when_the_look_up_of_addresses_lost_its_rows(
    sync, monkeypatch, announced
):
    monkeypatch.setattr(matching, "BULK_FROM", 1)
    job = sync.import_leads()
    sync.set_up(job, push_add=True)
    email = sync.unique("known")
    lead = sync.create_lead(Email=email)
    sync.add_local(job, Email=email, LastName="Known", Company="Company")
    nobody = {**page([], matching.FIELDS), "headers": headers_for(announced)}
    sync.org.fault(RESULTS, every=1, **nobody)

    run = sync.run(job)

    assert run.state == RunState.INTERRUPTED
    assert "ROWS_MISSING" in run.message
    sync.org.mend()
    assert sync.execute(run).records_linked == 1
    assert [
        each["Id"] for each in sync.org.query(f"SELECT Id FROM Lead WHERE Email = '{email}'")
    ] == [lead]
