import json
from datetime import datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent
from connectors.models import Connection, ConnectionState
from lists.models import ListRecord, MarketingList
from sync.models import (
    Direction,
    DuplicateAction,
    FailureReason,
    RunState,
    SyncJob,
    SyncJobField,
    SyncRun,
    Trigger,
)
from sync.schedules.schedule import OnDayOfMonth, OnWeekdays
from sync.services import run_now
from tests.factories import ListColumnFactory, MarketingListFactory, SyncJobFactory

LEADS = "All Salesforce Leads"


@pytest.fixture
def imported(org, run_command):
    return run_command("list_import", "--source", "leads", "--name", LEADS)


@pytest.mark.scenario
def test_list_import_fills_a_list_when_the_organisation_has_leads(imported, org):
    leads = org.count("SELECT COUNT() FROM Lead WHERE IsConverted = false")

    made = MarketingList.objects.get()
    assert "Import of All Salesforce Leads: Succeeded" in imported
    assert ListRecord.objects.filter(list=made).count() == leads > 0
    fields = set(made.columns.values_list("salesforce_field", flat=True))
    assert fields == {"Email", "FirstName", "LastName", "Company", "Title", "Phone"}


@pytest.mark.scenario
def test_list_import_takes_the_named_fields_when_contacts_are_imported(org, run_command):
    run_command(
        "list_import", "--source", "contacts", "--name", "Contacts", "--fields", "LastName, Phone"
    )

    made = MarketingList.objects.get()
    fields = list(made.columns.values_list("salesforce_field", flat=True))
    assert fields == ["Email", "LastName", "Phone"]
    assert made.record_count == org.count("SELECT COUNT() FROM Contact")


@pytest.mark.parametrize("source", ["leads:1", "x"])
def test_list_import_is_refused_in_words_when_the_source_is_not_offered(
    account, run_command, source
):
    with pytest.raises(
        CommandError, match="choose leads, contacts, campaign:ID, report:ID or file:PATH"
    ):
        run_command("list_import", "--source", source, "--name", "X")


@pytest.mark.scenario
def test_list_import_takes_a_file_and_joins_its_columns(org, run_command, tmp_path):
    path = tmp_path / "fair.csv"
    path.write_text("E-mail;Last name;Job;Stand\nada@example.com;Lovelace;Boss;A1\n", "utf-8")

    said = run_command("list_import", "--source", f"file:{path}", "--name", "Fair", "--as", "lead")
    run_command("sync_setup", "--list", "Fair", "--push-add", "--push-fields", "Last name")

    assert "Import of Fair: 1 records added, file read as UTF-8" in said
    assert "Last name: LastName" in said
    assert "Stand: not sent to Salesforce" in said
    assert MarketingList.objects.get().mapped_object == "Lead"
    assert SyncJobField.objects.get().column.salesforce_field == "LastName"


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read: No such file"), ("Name\nAda\n", "e-mail")]
)
def test_list_import_makes_no_list_of_a_file_that_it_cannot_take(
    account, run_command, tmp_path, content, sentence
):
    path = tmp_path / "fair.csv"
    if content is not None:
        path.write_text(content, "utf-8")

    with pytest.raises(CommandError, match=sentence):
        run_command("list_import", "--source", f"file:{path}", "--name", "Fair")

    assert not MarketingList.objects.exists()


def test_list_import_is_refused_in_words_when_there_is_no_connection(account, run_command):
    with pytest.raises(CommandError, match="Salesforce is not connected"):
        run_command("list_import", "--source", "leads", "--name", "X")
    assert not MarketingList.objects.exists()


@pytest.mark.scenario
def test_list_import_is_refused_in_words_when_a_field_is_unknown(org, run_command):
    with pytest.raises(CommandError, match="Lead has no field Shoe__c"):
        run_command("list_import", "--source", "leads", "--name", "X", "--fields", "Shoe__c")


@pytest.fixture
def job(account):
    made = MarketingListFactory(name=LEADS)
    for key in ("Email", "FirstName", "Phone"):
        ListColumnFactory(list=made, key=key)
    return SyncJobFactory(list=made)


@pytest.mark.requirement("S69", "S70", "S74", "S75", "S76", "S80")
def test_sync_setup_saves_all_that_is_named_and_nothing_else(job, run_command):
    printed = run_command(
        "sync_setup", "--list", LEADS.lower(), "--push-add", "--push-fields", "Phone",
        "--clearing-fields", "phone", "--assignment-rule", "--duplicates", "link",
        "--pull-add", "--pull-fields", "email,FirstName", "--remove-missing",
        "--every", "4h", "--start", "02:00",
    )  # fmt: skip

    job.refresh_from_db()
    assert (job.push_add, job.push_update, job.pull_add, job.pull_update) == (True,) * 4
    assert (job.remove_missing, job.every_hours, job.start_time) == (True, 4, time(2))
    assert (job.use_assignment_rule, job.duplicates) == (True, DuplicateAction.LINK)
    assert [f.column.key for f in SyncJobField.objects.filter(clears_field=True)] == ["Phone"]
    chosen = SyncJobField.objects.filter(job=job).values_list("direction", "column__key")
    assert sorted(chosen) == [
        (Direction.PULL, "Email"), (Direction.PULL, "FirstName"), (Direction.PUSH, "Phone"),
    ]  # fmt: skip
    assert f"Next start: {job.next_due_at:%Y-%m-%d %H:%M} (UTC)" in printed

    run_command("sync_setup", "--list", LEADS)

    job.refresh_from_db()
    assert not any((job.push_add, job.pull_add, job.push_update, job.pull_update))
    assert (job.remove_missing, job.every_hours, job.next_due_at) == (False, None, None)
    assert (job.use_assignment_rule, job.duplicates) == (False, DuplicateAction.SET_ASIDE)
    assert not SyncJobField.objects.exists()


@pytest.mark.requirement("S80")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--daily"], OnWeekdays(time(2))),
        (["--weekly", "mon, Thursday"], OnWeekdays(time(2), frozenset({0, 3}))),
        (["--monthly", "15"], OnDayOfMonth(time(2), 15)),
        (["--monthly", "last"], OnDayOfMonth(time(2), 31)),
    ],
)
def test_sync_setup_knows_every_kind_of_schedule(job, run_command, arguments, expected):
    run_command("sync_setup", "--list", LEADS, *arguments, "--start", "02:00")

    assert SyncJob.objects.get(pk=job.pk).schedule == expected


@pytest.mark.requirement("S75")
def test_sync_setup_gives_a_field_the_rule_that_is_named_with_it(job, run_command):
    run_command("sync_setup", "--list", LEADS, "--pull-fields", "FirstName=most_recent,email")
    assert dict(SyncJobField.objects.values_list("column__key", "rule")) == {
        "FirstName": "most_recent",
        "Email": "salesforce",
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--list", "Nobody"], "There is no list 'Nobody'"),
        (["--list", LEADS, "--push-fields", "Shoe__c"], "has no column Shoe__c"),
        (["--list", LEADS, "--pull-fields", "Email=mine"], "'mine' is no rule. There are: sales"),
        (["--list", LEADS, "--pull-fields", "Shoe__c=ours"], "has no column Shoe__c"),
        (["--list", LEADS, "--every", "3h", "--start", "02:00"], "4 hours"),
        (["--list", LEADS, "--every", "often", "--start", "02:00"], "not a number of hours"),
        (["--list", LEADS, "--every", "4h"], "needs a start time"),
        (["--list", LEADS, "--weekly", "mon,moo", "--start", "02:00"], "not days of the week"),
        (["--list", LEADS, "--monthly", "32", "--start", "02:00"], "not a day of the month"),
        (["--list", LEADS, "--daily", "--every", "4h", "--start", "02:00"], "not allowed with"),
        (["--list", LEADS, "--every", "4h", "--start", "25:00"], "not a time of the day"),
    ],
)
def test_sync_setup_is_refused_in_words_when_an_argument_is_wrong(
    job, run_command, arguments, sentence
):
    with pytest.raises(CommandError, match=sentence):
        run_command("sync_setup", *arguments)

    job.refresh_from_db()
    assert job.every_hours is None


def test_commands_are_refused_when_the_account_is_unknown(account):
    with pytest.raises(CommandError, match="no account 'nobody'"):
        call_command("sync_run", "--account", "nobody", "--list", LEADS)


@pytest.mark.scenario
@pytest.mark.requirement("S74")
def test_sync_run_brings_new_leads_and_prints_one_json_object_when_it_is_asked_to(
    imported, org, run_command
):
    newcomer = {"LastName": "Newcomer", "Company": "New", "Email": "new@example.net"}
    lead = org.client().Lead.create(newcomer)["id"]
    created = org.client().Lead.get(lead)["CreatedDate"]  # by a clock that other tests move
    run_command("sync_setup", "--list", LEADS, "--pull-add")

    outcome = json.loads(run_command("sync_run", "--list", LEADS, "--json"))

    assert outcome["state"] == RunState.SUCCEEDED
    assert (outcome["records_added"], outcome["list"], outcome["message"]) == (1, LEADS, "")
    assert outcome["api_calls"] > 0
    assert outcome["read_reason"] == "Only what changed since the last sync."
    assert datetime.fromisoformat(outcome["read_since"]) < datetime.fromisoformat(created)
    assert ListRecord.objects.filter(email="new@example.net").exists()


@pytest.mark.scenario
@pytest.mark.requirement("S55", "S77")
def test_values_of_an_added_column_arrive_when_the_next_sync_runs(
    imported, org, run_command, account, marketer, client_of
):
    lead_id = org.client().Lead.create(
        {"LastName": "Web", "Company": "Web", "Website": "https://web.example.net"}
    )["id"]
    job = SyncJob.objects.get()
    run_command("sync_setup", "--list", LEADS, "--pull-add")
    url = f"/a/{account.slug}/contacts/lists/{job.list_id}/sync/columns/"
    assert client_of(marketer).post(url, {"columns": ["Website"]}).status_code == 302

    run_command("sync_run", "--list", LEADS)

    assert (
        ListRecord.objects.get(salesforce_id=lead_id).data["Website"] == "https://web.example.net"
    )


@pytest.mark.scenario
@pytest.mark.requirement("S84")
def test_sync_run_needs_an_override_with_a_reason_when_the_interval_has_not_passed(
    imported, run_command
):
    run_command("sync_setup", "--list", LEADS, "--pull-add")
    SyncJob.objects.update(last_started_at=timezone.now() - timedelta(hours=1))

    with pytest.raises(CommandError, match="at least 4 hours apart"):
        run_command("sync_run", "--list", LEADS)
    with pytest.raises(CommandError, match="belong together"):
        run_command("sync_run", "--list", LEADS, "--override-interval")
    run_command("sync_run", "--list", LEADS, "--override-interval", "--reason", "The fair begins.")

    run = SyncRun.objects.first()
    assert (run.trigger, run.state) == (Trigger.OVERRIDE, RunState.SUCCEEDED)
    event = AuditEvent.objects.get(action="sync.interval_overridden")
    assert event.after["reason"] == "The fair begins."


@pytest.mark.scenario
def test_sync_run_ends_with_an_error_when_the_run_fails(imported, org, run_command):
    run_command("sync_setup", "--list", LEADS, "--pull-add")
    org.fault(
        "/query",
        status=400,
        headers={"Content-Type": "application/json"},
        body='[{"errorCode": "API_DISABLED_FOR_ORG", "message": "API is not enabled"}]',
    )

    with pytest.raises(CommandError, match="The sync did not succeed"):
        run_command("sync_run", "--list", LEADS)

    run = SyncRun.objects.first()
    assert (run.state, run.failure_reason) == (RunState.FAILED, FailureReason.CONNECTION)
    assert "API is not enabled" in run.message
    assert Connection.objects.get().state == ConnectionState.PAUSED


@pytest.mark.scenario
def test_sync_run_says_what_it_waits_for_when_the_connection_is_lost_under_way(
    imported, org, run_command
):
    run_command("sync_setup", "--list", LEADS, "--pull-add")
    run = run_now(job=SyncJob.objects.get(), actor=None)
    Connection.objects.update(state=ConnectionState.PAUSED, reason="The password has expired.")

    with pytest.raises(CommandError, match=r"waits for the connection.*The password has expired"):
        run_command("sync_run", "--list", LEADS)

    run.refresh_from_db()
    assert run.state == RunState.QUEUED
