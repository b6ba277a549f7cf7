import json

import pytest
from django.core.management.base import CommandError

from lists.models import ListRecord
from sync.models import RunKind, RunState, SyncRun
from tests.factories import ListRecordFactory

LEADS = "All Salesforce Leads"


@pytest.fixture
def imported(org, run_command):
    run_command("list_import", "--source", "leads", "--name", LEADS)
    run_command("sync_setup", "--list", LEADS, "--push-add", "--pull-add")
    made = ListRecord.objects.first().list
    return ListRecordFactory(
        list=made, salesforce_id=None, email="new@example.org",
        data={"Email": "new@example.org", "LastName": "New", "Company": "Company"},
    )  # fmt: skip


@pytest.mark.scenario
@pytest.mark.requirement("S69", "S74")
def test_sync_run_tells_what_it_would_do_and_does_nothing_when_it_is_a_dry_run(
    imported, org, run_command
):
    printed = run_command("sync_run", "--list", LEADS, "--dry-run")
    told = json.loads(run_command("sync_run", "--list", LEADS, "--dry-run", "--json"))

    assert f"Preview of {LEADS}: Succeeded" in printed
    assert "Added to Salesforce (Lead): 1" in printed
    assert "  new@example.org: Email 'new@example.org', " in printed
    assert "Last Name 'New'" in printed
    assert "A sync would cost about" in printed
    assert (told["kind"], told["state"], told["records_pushed_new"]) == ("dry_run", "succeeded", 1)
    assert told["dry_run"]["samples"]["sent"][0]["records"][0]["label"] == "new@example.org"
    assert org.count("SELECT COUNT() FROM Lead WHERE Email = 'new@example.org'") == 0
    assert ListRecord.objects.get(email="new@example.org").salesforce_id is None
    assert not SyncRun.objects.filter(kind=RunKind.SYNC).exists()
    assert not SyncRun.objects.exclude(state=RunState.SUCCEEDED).exists()


def test_dry_run_is_refused_in_words_when_an_interval_is_to_be_overridden(account, run_command):
    arguments = ["--dry-run", "--override-interval", "--reason", "now"]
    with pytest.raises(CommandError, match="no interval binds it"):
        run_command("sync_run", "--list", LEADS, *arguments)
