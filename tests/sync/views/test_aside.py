"""What people see of fields that changed in Salesforce, and what they decide."""

import pytest
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from connectors.models import SalesforceField
from lists.aside import set_aside
from lists.models import AsideReason
from sync.models import Direction, RunState, SyncJobField
from sync.services import add_columns
from tests.factories import ListColumnFactory, SalesforceFieldFactory
from tests.sync.views.pages import find_option, text_of


@pytest.fixture
def url(account, job):
    return reverse("sync_setup", args=[account.slug, job.list_id])


@pytest.fixture
def lost(account, job):
    """A column that is chosen both ways, whose field was probably renamed."""
    column = ListColumnFactory(
        list=job.list, key="Score__c", name="Score", salesforce_field="Score__c", data_type="double"
    )
    SalesforceFieldFactory(
        account=account,
        sobject_type="Lead",
        name="Lead_Score__c",
        label="Lead score",
        data_type="double",
        is_custom=True,
    )
    for direction, special in (
        (Direction.PUSH, {"clears_field": True}),
        (Direction.PULL, {"rule": "ours"}),
    ):
        SyncJobField(account=account, job=job, column=column, direction=direction, **special).save()
    set_aside(column=column, reason=AsideReason.GONE)
    return column


def decide(client, account, column, **data):
    url = reverse("sync_column_aside", args=[account.slug, column.list_id, column.pk])
    answer = client.post(url, data, follow=True)
    column.refresh_from_db()
    return text_of(answer)


@pytest.mark.requirement("S78")
@pytest.mark.fault("F33")
def test_sync_setup_tells_of_a_lost_field_and_proposes_its_new_name(
    account, job, lost, marketer, client_of, url
):
    page = text_of(client_of(marketer).get(url))

    assert "Salesforce no longer has Lead.Score__c" in page
    assert "Probably renamed to <strong>Lead score</strong> <code>Lead_Score__c</code>" in page


@pytest.mark.fault("F33")
def test_the_column_takes_the_proposed_field_when_a_person_says_so(
    account, job, lost, marketer, client_of
):
    page = decide(client_of(marketer), account, lost, decision="use_field", field="Lead_Score__c")

    assert "“Score” now comes from Lead_Score__c" in page
    assert "Fields that changed in Salesforce" not in page
    assert (lost.salesforce_field, lost.key, lost.aside_reason) == ("Lead_Score__c", "Score__c", "")
    event = AuditEvent.objects.get(action="list.column_field_changed")
    assert (event.actor, event.before["salesforce_field"]) == (marketer, "Score__c")


def test_a_new_field_of_the_old_name_becomes_a_column_beside_the_one_that_moved_on(
    account, job, lost, marketer, client_of
):
    decide(client_of(marketer), account, lost, decision="use_field", field="Lead_Score__c")
    SalesforceFieldFactory(account=account, sobject_type="Lead", name="Score__c", label="Score")

    add_columns(job=job, fields=["Score__c"], actor=marketer)

    found = job.list.columns.filter(name="Score").values_list("key", "salesforce_field")
    assert set(found) == {("Score__c", "Lead_Score__c"), ("Score__c 2", "Score__c")}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"decision": "use_field"}, "Choose the field first."),
        ({"decision": "use_field", "field": "Email"}, "Email is another column of this list"),
        ({"decision": "accept_type"}, "has no new type that a column can have"),
        ({"decision": "burn"}, "Select a valid choice"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_in_words(
    account, job, lost, marketer, client_of, data, told
):
    page = decide(client_of(marketer), account, lost, **data)

    assert told in page
    assert (lost.salesforce_field, lost.aside_reason) == ("Score__c", AsideReason.GONE)


@pytest.mark.fault("F34")
def test_the_new_type_is_accepted_by_a_person(account, job, lost, marketer, client_of, url):
    set_aside(column=lost, reason=AsideReason.TYPE_CHANGED, found_type="string")
    assert "Accept the type Text" in text_of(client_of(marketer).get(url))

    decide(client_of(marketer), account, lost, decision="accept_type")

    assert (lost.data_type, lost.aside_reason, lost.filled_at) == ("string", "", None)


def test_what_a_person_leaves_aside_is_no_longer_to_be_done(
    account, job, lost, marketer, client_of, make_run, url
):
    dashboard = reverse("dashboard", args=[account.slug])
    state = reverse("list_sync_state", args=[account.slug, job.list_id])
    make_run(state=RunState.SUCCEEDED_WITH_ERRORS)
    client = client_of(marketer)
    assert "1 field was removed, hidden or changed" in text_of(client.get(dashboard))
    assert "1 field set aside" in text_of(client.get(state))

    page = decide(client, account, lost, decision="leave_aside")

    assert "“Score” stays aside with its values." in page
    assert "somebody left it so" in page
    assert "removed, hidden or changed" not in text_of(client.get(dashboard))
    assert "set aside" not in text_of(client.get(state))


@pytest.mark.fault("F33", "F35")
@pytest.mark.parametrize("is_noticed", [True, False])
def test_saving_the_setup_keeps_what_was_chosen_of_a_field_that_is_away(
    account, job, lost, marketer, client_of, url, is_noticed
):
    if not is_noticed:  # a page described the object before any run did
        type(lost).objects.filter(pk=lost.pk).update(aside_reason="", aside_since=None)
    before = list(SyncJobField.objects.filter(column=lost).values())
    client = client_of(marketer)
    option = find_option(client.get(url), "pull_columns", "Score__c")
    assert "stays chosen" in option.text

    client.post(url, {"push_update": "on", "pull_update": "on", "frequency": "manual"})

    job.refresh_from_db()
    assert (job.push_update, job.pull_update) == (True, True)
    assert list(SyncJobField.objects.filter(column=lost).values()) == before


def test_a_field_that_is_back_can_be_unticked(account, job, lost, marketer, client_of, url):
    type(lost).objects.filter(pk=lost.pk).update(aside_reason="", aside_since=None)
    SalesforceField.objects.filter(name="Lead_Score__c").update(name="Score__c")

    client_of(marketer).post(url, {"frequency": "manual"})

    assert not SyncJobField.objects.filter(column=lost).exists()


def test_a_runs_page_says_what_it_left_out(account, marketer, client_of, make_run):
    run = make_run(
        state=RunState.SUCCEEDED_WITH_ERRORS,
        warnings=[
            {"text": "<b>Score</b> is left out.", "advice": "Choose one.", "is_error": True},
            {"text": "Phone is left aside.", "advice": "Choose one.", "is_error": False},
        ],
    )
    page = client_of(marketer).get(reverse("run_detail", args=[account.slug, run.pk]))

    assert "&lt;b&gt;Score&lt;/b&gt; is left out." in page.content.decode()
    assert text_of(page).count("<strong>What to do:</strong> Choose one.") == 1
    assert "Phone is left aside." in text_of(page)
