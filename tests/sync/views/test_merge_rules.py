"""The rule of each pull-update field on the Sync Setup page, and conflicts on a run's page."""

import re
import uuid

import pytest
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from lists.models import ListKind, MarketingList
from lists.records import MergeRule
from lists.records.conflicts import Conflicts, ToldConflict
from lists.records.merge import Conflict
from sync.engine.conflicts import LONGEST_VALUE, MOST_KEPT, note_conflicts
from sync.errors import InvalidSetupError
from sync.models import Direction, FieldConflict, RunState, SyncJobField
from sync.options import Column, RunOptions
from sync.services import SyncSetup, save_setup
from sync.setup.rules import list_rules
from tests.sync.views.pages import find_option, text_of

SETUP = {
    "pull_update": "on",
    "pull_columns": ["Email", "FirstName"],
    "rule-Email": "unless_blank",
    "rule-FirstName": "salesforce",
    "rule-Region__c": "ours",  # not chosen: its rule counts for nothing
    "frequency": "manual",
}


@pytest.fixture
def url(account, job):
    return reverse("sync_setup", args=[account.slug, job.list_id])


def rules_of(job):
    return dict(job.fields.values_list("column__key", "rule"))


def chosen_on_page(response, key):
    option = find_option(response, "pull_columns", key)
    return re.search(r'<option value="(\w+)" selected', option.text)[1]


@pytest.mark.requirement("S75")
def test_rule_of_each_chosen_field_is_saved_and_shown_again(job, marketer, client_of, url):
    browser = client_of(marketer)

    assert browser.post(url, SETUP).status_code == 302

    assert rules_of(job) == {"Email": "unless_blank", "FirstName": "salesforce"}
    saved = AuditEvent.objects.get(action="sync.setup_saved")
    assert saved.after["pull_rules"] == {"Email": "unless_blank"}
    page = browser.get(url)
    assert chosen_on_page(page, "Email") == "unless_blank"
    assert chosen_on_page(page, "Region__c") == "salesforce"
    browser.post(url, {**SETUP, "rule-Email": "most_recent"})
    assert rules_of(job)["Email"] == "most_recent"


def test_rule_is_salesforces_value_when_nothing_is_said(job, marketer, client_of, url):
    sent = {name: value for name, value in SETUP.items() if not name.startswith("rule-")}
    client_of(marketer).post(url, sent)
    assert set(rules_of(job).values()) == {"salesforce"}


def test_unknown_rule_is_refused_beside_its_field(job, marketer, client_of, url):
    page = client_of(marketer).post(url, {**SETUP, "rule-Email": "ours, always"})

    assert "Select a valid choice" in find_option(page, "pull_columns", "Email").text
    assert rules_of(job) == {}


def test_page_offers_every_rule_of_each_field_that_can_be_pulled(job, marketer, client_of, url):
    text = text_of(client_of(marketer).get(url))

    selects = re.findall(r'<select[^>]*name="rule-(\w+)".*?</select>', text)
    assert selects == ["Email", "FirstName", "CreatedDate", "Owner_ID__c", "Region__c"]
    option = find_option(client_of(marketer).get(url), "pull_columns", "Email")
    assert re.findall('<option value="([a-z_]+)"', option.text) == list(MergeRule)


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        (ListKind.LEADS, set(MergeRule)),
        (ListKind.CAMPAIGN, set(MergeRule) - {MergeRule.MOST_RECENT}),
        (ListKind.REPORT, {MergeRule.SALESFORCE}),
    ],
)
def test_list_has_the_rules_that_can_be_kept_in_it(kind, rules):
    assert set(list_rules(MarketingList(kind=kind))) == rules


@pytest.mark.parametrize(
    ("kind", "setup", "sentence"),
    [
        ("leads", {"pull_rules": {1: MergeRule.OURS}}, "choose both"),
        ("campaign", {"pull_update": True, "rule": MergeRule.MOST_RECENT}, "the later one"),
    ],
)
def test_set_up_is_refused_when_its_rules_cannot_be_kept(job, kind, setup, sentence):
    MarketingList.objects.update(kind=kind, source_id="" if kind == "leads" else "7" * 18)
    job.list.refresh_from_db()
    if rule := setup.pop("rule", None):
        column = job.list.columns.first()
        setup |= {"pull_column_ids": frozenset({column.pk}), "pull_rules": {column.pk: rule}}
    with pytest.raises(InvalidSetupError, match=sentence):
        save_setup(job=job, setup=SyncSetup(**setup), actor=None)
    assert not SyncJobField.objects.filter(direction=Direction.PULL).exists()


OPTIONS = RunOptions(
    steps=(), sobject_type="Lead", columns=(Column("Title", "Job title", "Title"),), email_key=None
)


def meet(run, count, **values):
    """Let a run meet as many conflicts in one page."""
    conflict = Conflict("Title", "ours", "theirs", MergeRule.OURS, ours_won=True)._replace(**values)
    told = ToldConflict(uuid.uuid4(), "00Q000000000001AAA", "ada@example.com", conflict)
    note_conflicts(run, OPTIONS, Conflicts(values=count, told=[told] * count))


def test_first_conflicts_of_a_run_are_kept_and_long_values_are_cut(make_run):
    run, other = make_run(state=RunState.RUNNING), make_run(state=RunState.FAILED)
    meet(other, 1)
    for count in (MOST_KEPT - 1, 5, 5):
        meet(run, count, theirs="x" * (LONGEST_VALUE + 1))
    assert run.conflicts.count() == MOST_KEPT
    assert len(run.conflicts.first().theirs) == LONGEST_VALUE + 1
    assert (other.conflicts.get().theirs, other.conflicts.get().column_name) == (
        "theirs",
        "Job title",
    )


@pytest.mark.fault("F48")
def test_run_tells_each_value_that_both_sides_changed_and_whose_was_taken(
    account, make_run, marketer, client_of
):
    run = make_run(state=RunState.SUCCEEDED, conflicts_found=2, records_upheld=1)
    meet(run, 1)
    meet(run, 1, theirs=None, ours_won=False, rule=MergeRule.SALESFORCE)
    address = reverse("run_detail", args=[account.slug, run.pk])

    text = re.sub(r"<[^>]*>", "|", text_of(client_of(marketer).get(address)))
    text = re.sub(r"[\s|]+", " ", text)

    assert "2 values changed on both sides" in text
    assert "ada@example.com Job title ours theirs ours Our value" in text
    assert "ada@example.com Job title ours (blank) Salesforce\u2019s Salesforce's value" in text
    assert "Edits here kept against Salesforce 1" in text
    assert "More of these values" not in text


def test_all_kept_conflicts_are_paged_and_the_rest_is_counted(
    account, make_run, marketer, client_of
):
    run = make_run(state=RunState.SUCCEEDED, conflicts_found=1_234)
    meet(run, 60)
    address = reverse("run_detail", args=[account.slug, run.pk])
    browser = client_of(marketer)

    first = text_of(browser.get(address))
    assert first.count("ada@example.com") == 10
    assert f'href="{address}?show=conflicts"' in first
    second = text_of(browser.get(f"{address}?show=conflicts&page=2"))
    assert second.count("ada@example.com") == 10
    assert "51 to 60 of 60 values" in second
    assert "1,234 values changed on both sides" in second
    assert "The first 60 are kept here." in second


def test_run_says_nothing_of_conflicts_when_there_were_none(account, make_run, marketer, client_of):
    run = make_run(state=RunState.SUCCEEDED)
    address = reverse("run_detail", args=[account.slug, run.pk])
    for query in ("", "?show=conflicts"):
        assert "on both sides" not in text_of(client_of(marketer).get(address + query))
    assert not FieldConflict.objects.exists()
