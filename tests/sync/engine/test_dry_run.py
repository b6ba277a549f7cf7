"""A dry run tells what the run after it does, and changes nothing."""

import random
import re
import threading
import uuid
from datetime import time

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from hypothesis import settings

from connectors.models import ApiUsage, Connection, Feature
from lists.models import ListKind, ListRecord
from sync.engine import dry_result, dry_run, matching, members_sending
from sync.engine import push as push_module
from sync.engine.push_rows import EXTERNAL_ID_FIELD
from sync.engine.runner import execute_run
from sync.models import (
    FailureReason,
    RecordIssue,
    RunKind,
    RunState,
    Step,
    SyncJob,
    SyncRun,
    Trigger,
)
from sync.previews import has_saved_options
from sync.schedule import OnWeekdays
from sync.services import SyncSetup, cancel_run, import_list, preview
from tests.api_usage import count_our_calls
from tests.factories import ListRecordFactory
from tests.processes import wait_until
from tests.sync.engine.members_kit import CampaignList
from tests.sync.engine.test_reports import LEAD_COLUMNS, Reports, start_import
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.scenario

# What a dry run does leave: its own row, the lease that it held, the calls that it really made,
# and that somebody asked for it.
OWN_TABLES = {"sync.SyncRun", "sync.AccountLease", "connectors.ApiUsage", "accounts.AuditEvent"}
WORDS = ["Ada", "Ünal", 'O"Brien, the', "Line\nbreak", "\u202eright to left", "0123", "\U0001f600"]
CHANGED_BOTH_WAYS = ["FirstName", "LastName", "Company", "Title", "Phone", "Description"]


@pytest.fixture(autouse=True)
def every_sample(monkeypatch):
    """Keep all records of each sort, so that the whole can be compared."""
    for module in (dry_result, dry_run):
        monkeypatch.setattr(module, "SAMPLES", 10_000)


@pytest.fixture
def in_bulk(monkeypatch):
    """Send few rows as if they were many."""
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    monkeypatch.setattr(matching, "BULK_FROM", 1)


def look(sync, job, setup=None):
    run = preview(job=job, actor=sync.actor, setup=setup)
    assert execute_run(run.pk)
    return SyncRun.objects.select_related("job__list").get(pk=run.pk)


def read_tables():
    """Return every row of every table but those that a dry run has to write."""
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list(*_columns(model))))
        for model in apps.get_models()
        if model._meta.label not in OWN_TABLES
    }


def _columns(model):
    """Return a table's columns but those that any call to Salesforce renews."""
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if not name.startswith("api_") or model is not Connection]


def read_org(sync):
    fields = f"Id, {', '.join(FIELDS)}, {EXTERNAL_ID_FIELD}, SystemModstamp, IsDeleted"
    return sync.org.query(f"SELECT {fields} FROM Lead", include_deleted=True)


def held(job):
    """Return what the list holds, by our record id where `before` knows it."""
    return {r.record_id: r for r in ListRecord.objects.filter(list=job.list)}


def called(sync):
    """Return method and path of the calls to the organisation's APIs."""
    calls = [(call["method"], call["path"]) for call in sync.org.calls()]
    return [(method, path) for method, path in calls if "/__control__/" not in path]


def count_waiting(calls):
    """Return how many calls asked again how far a Bulk job is: it takes as long as it takes."""
    asked = [
        call for call in calls if re.fullmatch(r"GET .*/jobs/(query|ingest)/\w+", " ".join(call))
    ]
    return len(asked) - len(set(asked))


class World:
    """Random people on both sides, and random things that happen to them."""

    def __init__(self, sync, chance):
        self.sync, self.chance = sync, chance
        self.leads = self.create(chance.randint(8, 14))

    def values(self, **given):
        words = {name: self.chance.choice(WORDS) for name in ("FirstName", "Title", "Phone")}
        return {"LastName": "Person", "Company": "Company", **words, **given}

    def create(self, count, kind="Lead"):
        rows = [self.values(Email=self.sync.unique()) for _ in range(count)]
        if kind == "Contact":
            rows = [{k: v for k, v in row.items() if k != "Company"} for row in rows]
        records = [{"attributes": {"type": kind}, **row} for row in rows]
        made = self.sync.org.client().restful(
            "composite/sobjects", method="POST", json={"records": records}
        )
        return [(each["id"], row["Email"]) for each, row in zip(made, rows, strict=True)]

    def happen_there(self):
        """Change, delete, merge and convert some leads; one may be hit more than once."""
        leads = self.sync.org.client().Lead
        for lead, _ in self.chance.sample(self.leads, len(self.leads) // 2):
            field = self.chance.choice(CHANGED_BOTH_WAYS)
            leads.update(lead, {field: self.chance.choice(WORDS)})
        lost, gone, converted, winner = (lead for lead, _ in self.chance.sample(self.leads, 4))
        what = self.chance.sample(["merge", "delete", "convert", "create"], 2)
        if "delete" in what:
            leads.delete(gone)
        if "merge" in what:
            merged = {"object": "Lead", "winner": winner, "losers": [lost]}
            self.sync.org.control("POST", "merge", merged)
        if "convert" in what:
            self.sync.org.control("POST", "convert-leads", [{"leadId": converted}])
        if "create" in what:
            self.create(3)

    def happen_here(self, job):
        """Edit some records and enter new ones: known there, known as contacts, doubled, bad."""
        known = dict(self.leads)
        for lead in self.chance.sample(list(known), len(known) // 2):
            if ListRecord.objects.filter(list=job.list, salesforce_id=lead).exists():
                field = self.chance.choice(CHANGED_BOTH_WAYS)
                value = self.chance.choice([*WORDS, None])
                self.sync.edit(
                    job, lead, **{field: value or ("x" if field == "LastName" else None)}
                )
        (_, theirs), (_, contact) = self.create(1)[0], self.create(1, "Contact")[0]
        twice = self.sync.unique("twice")
        addresses = [theirs, contact, twice, twice, self.chance.choice(list(known.values()))]
        addresses += [self.sync.unique("new") for _ in range(self.chance.randint(1, 4))]
        for email in addresses:
            self.sync.add_local(job, **self.values(Email=email))
        self.sync.add_local(job, Email=self.sync.unique("bad"), LastName="No company")


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


def test_the_limit_holds_removals_in_a_dry_run_as_in_the_run(sync):
    job = sync.import_leads()
    for number in range(ListRecord.objects.count()):
        ListRecordFactory(list=job.list, salesforce_id=f"00Q9{number:011d}AAA")
    sync.set_up(job, remove_missing=True)

    told = look(sync, job)
    run = sync.run(job)

    assert told.state == run.state == RunState.SUCCEEDED_WITH_ERRORS
    assert told.result["counts"]["removals_held"] == run.removals_held > 0
    assert told.result["message"] == run.message
    assert told.result["samples"]["removed"] == []


@pytest.mark.parametrize("field", [None, "Company"])
def test_a_dry_run_tells_where_the_run_would_stop_and_pauses_nothing(sync, field):
    """Without a value for Company every record is set aside, and the run stops itself."""
    job = sync.import_leads()
    values = {"LastName": "Person", **({field: "Company"} if field else {})}
    for _ in range(21):
        sync.add_local(job, Email=sync.unique(), **values)
    sync.set_up(job, push_add=True, schedule=OnWeekdays(time(2)))
    tables = read_tables()

    told = look(sync, job)

    assert read_tables() == tables
    if field:
        assert (told.state, told.result["stopped"]) == (RunState.SUCCEEDED, None)
        return
    run = sync.run(job)
    assert (told.state, told.failure_reason) == (RunState.FAILED, FailureReason.CONFIGURATION)
    assert (told.message, told.advice) == (run.message, run.advice)
    assert [each["count"] for each in told.result["refusals"]] == [21]


@pytest.mark.parametrize("bulk_from", [1, 2_000])
def test_a_dry_run_of_a_campaign_tells_its_members_and_the_people_made(
    sync, bulk_from, monkeypatch
):
    monkeypatch.setattr(members_sending, "BULK_FROM", bulk_from)
    campaign = CampaignList(sync)
    answers, known, unknown = (sync.unique(name) for name in ("answers", "known", "unknown"))
    member = campaign.join(LeadId=campaign.create_lead(Email=answers))
    campaign.create_contact(Email=known)
    job = campaign.import_list()
    job.list.columns.filter(key="HasResponded").delete()  # as if it came to the members later
    campaign.set_up(push_add=True, push=["Status"], pull_add=True, remove_missing=True)
    sync.edit(job, member, Status="Responded")
    campaign.join(LeadId=campaign.create_lead(Email=sync.unique()))
    campaign.add(Email=known, LastName="Known")
    campaign.add(Email=unknown, LastName="Unknown", CompanyOrAccount="Company")
    campaign.add(Email=sync.unique("bad"))
    tables, members = read_tables(), campaign.members()

    told = look(sync, job)

    assert read_tables() == tables
    assert campaign.members() == members
    assert campaign.people("Lead", unknown) == []
    run = sync.run(job)
    counts = {n: c for n, c in told.result["counts"].items() if n != "records_joined"}
    assert counts == {name: getattr(run, name) for name in counts}
    assert (told.state, counts["records_pushed_new"]) == (run.state, 2)
    sent = {(each["operation"], each["object"]): each for each in told.result["samples"]["sent"]}
    (changed,) = sent["update", "CampaignMember"]["records"]
    assert (changed["label"], changed["values"]) == (answers, [["Status", "Responded"]])
    (made,) = sent["upsert", "Lead"]["records"]
    assert made["label"] == unknown
    assert sent["insert", "CampaignMember"]["count"] == 2


@pytest.mark.fault("F40")
def test_a_dry_run_tells_which_edits_go_to_a_list_of_contacts(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.org.control("POST", "convert-leads", [{"leadId": lead}])
    contacts = import_list(
        account=sync.account, kind=ListKind.CONTACTS, name="Contacts", fields=["Title"],
        actor=sync.actor,
    )  # fmt: skip
    sync.execute(contacts)
    sync.edit(job, lead, Title="New")
    sync.set_up(job, remove_missing=True)
    tables = read_tables()

    told = look(sync, job)

    assert read_tables() == tables
    (carried,) = told.result["samples"]["carried"]
    assert carried["changes"] == [["Title", "Old", "New"]]
    run = sync.run(job)
    counted = {name: getattr(run, name) for name in ("records_followed", "records_removed")}
    assert counted == {name: told.result["counts"][name] for name in counted}
    assert counted["records_followed"] == 1
    record = ListRecord.objects.get(list_id=contacts.job.list_id, record_id=carried["record"])
    assert record.data["Title"] == "New"


@pytest.mark.parametrize("way", ["collections", "bulk"])
def test_a_dry_run_knows_whom_a_changed_address_belongs_to(sync, way, request):
    if way == "bulk":
        request.getfixturevalue("in_bulk")
    before, after = sync.unique("before"), sync.unique("after")
    lead, emptied = sync.create_lead(Email=before), sync.create_lead(Email=sync.unique("emptied"))
    job = sync.import_leads()
    sync.set_up(job, push=["Email"], push_add=True, clearing=["Email"])
    address = sync.record(job, emptied).email
    sync.edit(job, lead, Email=after)
    sync.edit(job, emptied, Email=None)
    for email in (before, after, address):
        sync.add_local(job, Email=email, LastName="Person", Company="Company")

    told = look(sync, job)

    assert [each["label"] for each in told.result["samples"]["refused"]] == [after]
    assert told.result["counts"]["records_pushed_new"] == 2
    run = sync.run(job)
    assert (run.records_pushed_new, run.records_failed) == (2, 1)


@pytest.mark.fault("F40")
def test_a_dry_run_tells_of_a_converted_lead_that_an_earlier_run_left_in_the_list(sync):
    lead = sync.create_lead(Email=sync.unique(), Company="Old")
    job = sync.import_leads()
    sync.set_up(job, remove_missing=True)
    sync.edit(job, lead, Company="New")
    sync.org.control("POST", "convert-leads", [{"leadId": lead}])
    assert sync.run(job).records_failed == 1
    sync.org.shift_clock(3_600)  # Salesforce tells of a conversion once
    assert sync.run(job).records_failed == 1

    told = look(sync, job)

    assert told.result["counts"]["records_failed"] == 1
    assert [each["salesforce_id"] for each in told.result["samples"]["refused"]] == [lead]
    assert [each["count"] for each in told.result["refusals"]] == [1]
    assert sync.run(job).records_failed == 1


@pytest.mark.parametrize("column", ["PHONE", None])
def test_a_dry_run_of_a_report_reads_what_the_report_shows_now(sync, column):
    reports = Reports(sync)
    lead = reports.lead(LastName="Before", Phone="1")
    report = reports.create()
    job = start_import(sync, report).job
    sync.set_up(job, pull_add=True, remove_missing=True)
    job.pull_update = True  # all columns of a report come along
    job.save()
    reports.change(report, detailColumns=[*LEAD_COLUMNS, *([column] if column else [])])
    sync.org.client().Lead.update(lead, {"LastName": "After"})
    tables = read_tables()

    told = look(sync, job)
    reports.remove_leads()

    assert read_tables() == tables
    (updated,) = told.result["samples"]["updated"]
    assert ["Last Name", "Before", "After"] in updated["changes"]
    assert (["Phone", None, "1"] in updated["changes"]) == bool(column)


def test_a_dry_run_starts_no_interval_and_may_be_done_within_one(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, schedule=OnWeekdays(time(2)))
    SyncJob.objects.update(last_started_at=timezone.now())
    due = SyncJob.objects.values_list("last_started_at", "next_due_at").get()

    told = look(sync, job)

    assert (told.kind, told.trigger, told.state) == (
        RunKind.DRY_RUN,
        Trigger.PREVIEW,
        RunState.SUCCEEDED,
    )
    assert SyncJob.objects.values_list("last_started_at", "next_due_at").get() == due


def test_calls_of_a_dry_run_are_counted_and_a_session_that_ends_is_renewed_for_all(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True)
    run = preview(job=job, actor=sync.actor)
    used, session = count_our_calls(), Connection.objects.get().session_id
    sync.org.forget_calls()
    sync.org.expire_sessions()

    told = sync.execute(run)

    assert told.state == RunState.SUCCEEDED, told.message
    assert Connection.objects.get().session_id != session
    assert count_our_calls() - used == len(called(sync)) == told.api_calls
    assert ApiUsage.objects.get(feature=Feature.PREVIEWS).our_calls == told.api_calls


def test_a_dry_run_with_options_that_are_not_saved_saves_none_of_them(sync):
    lead = sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.edit(job, lead, Title="New")
    sync.set_up(job, pull_add=True)
    title = job.list.columns.get(key="Title")
    ids, schedule = frozenset({title.pk}), OnWeekdays(time(2))
    setup = SyncSetup(push_update=True, push_column_ids=ids, schedule=schedule)
    tables = read_tables()

    told = look(sync, job, setup)

    assert read_tables() == tables
    (sent,) = told.result["samples"]["sent"]
    assert [each["values"] for each in sent["records"]] == [[["Title", "New"]]]
    assert not has_saved_options(told)


@pytest.mark.fault("F79")
def test_a_dry_run_whose_worker_died_begins_anew(sync):
    sync.create_lead(Email=sync.unique(), Title="Old")
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=["Title"], push=["Title"])
    run = preview(job=job, actor=sync.actor)
    SyncRun.objects.filter(pk=run.pk).update(
        state=RunState.INTERRUPTED, step=Step.PUSH, started_at=timezone.now(), records_read=3
    )

    told = look(sync, job)

    assert told == run
    assert told.state == RunState.SUCCEEDED, told.message
    held_here = ListRecord.objects.filter(list=job.list).count()
    assert told.result["counts"]["records_read"] == held_here


def test_a_cancelled_dry_run_stops_and_leaves_nothing(sync):
    job = sync.import_leads()
    sync.set_up(job, pull_add=True, pull=["Title"])  # reads everything, by a Bulk job
    tables = read_tables()
    run = preview(job=job, actor=sync.actor)
    sync.org.forget_calls()
    sync.org.fault("/jobs/query/", method="GET", every=1, delay_seconds=1.0)
    worker = Worker(run)
    worker.start()
    wait_until(lambda: any("/jobs/query" in path for _, path in called(sync)), seconds=30)
    cancel_run(run=run, actor=sync.actor)
    worker.join(30)

    run.refresh_from_db()
    assert (run.state, run.result) == (RunState.CANCELLED, None)
    assert not any("/results" in path for _, path in called(sync))
    assert read_tables() == tables


class Worker(threading.Thread):
    """Does a run in a thread with a database connection of its own."""

    def __init__(self, run):
        super().__init__()
        self.run_id = run.pk

    def run(self):
        try:
            execute_run(self.run_id)
        finally:
            connection.close()
