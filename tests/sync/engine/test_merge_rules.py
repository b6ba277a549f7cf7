"""What both sides changed, decided by each field's rule, from Salesforce to the run's page."""

from datetime import datetime, timedelta

import pytest

from lists.models import ListKind, ListRecord
from lists.records import MergeRule
from sync.models import FieldConflict, RunState, SyncJobField
from sync.services import import_list

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]

HOUR = timedelta(hours=1)
RULED = ["Title", "Phone", "Description", "FirstName"]
# One field for each rule.
RULES = dict(zip(RULED, MergeRule, strict=True))


def set_up(sync, job, rules, *, push=(), **options):
    """Pull the fields that have rules, and push some."""
    columns = {column.salesforce_field: column.pk for column in job.list.columns.all()}
    pull_rules = {columns[name]: rule for name, rule in rules.items()}
    sync.set_up(job, push=push, pull=list(rules), pull_rules=pull_rules, **options)


@pytest.fixture
def lead(sync):
    values = {"Title": "a", "Phone": "1", "Description": "a", "FirstName": "a"}
    return sync.create_lead(Email=sync.unique(), **values)


@pytest.fixture
def job(sync, lead):
    return sync.import_leads()


def there(sync, lead, *names):
    record = sync.org.client().Lead.get(lead)
    return [record[name] for name in names]


def here(sync, job, lead, *names):
    return [sync.record(job, lead).data[name] for name in names]


def date_edit(sync, job, lead, later):
    """Date what was edited here by the last change there: other tests moved its clock."""
    changed = datetime.fromisoformat(sync.org.client().Lead.get(lead)["LastModifiedDate"])
    ListRecord.objects.filter(list=job.list, salesforce_id=lead).update(edited_at=changed + later)


@pytest.mark.fault("F48")
@pytest.mark.requirement("S70", "S75")
@pytest.mark.parametrize(("ours_is", "recent"), [(HOUR, "ours"), (-HOUR, "theirs")])
def test_each_field_goes_by_its_rule_when_both_sides_changed_it(sync, job, lead, ours_is, recent):
    set_up(sync, job, RULES, push=RULED)
    sync.edit(job, lead, Title="ours", Phone="22", Description="ours", FirstName="ours")
    sync.org.client().Lead.update(
        lead, {"Title": "theirs", "Phone": "33", "Description": "theirs", "FirstName": None}
    )
    date_edit(sync, job, lead, ours_is)

    run = sync.run(job)

    assert there(sync, lead, *RULED) == ["theirs", "22", recent, "ours"]
    assert here(sync, job, lead, *RULED) == ["theirs", "22", recent, "ours"]
    assert sync.record(job, lead).dirty is None
    assert (run.records_overruled, run.records_upheld, run.conflicts_found) == (1, 1, 4)
    kept = FieldConflict.objects.values_list("column_name", "ours", "theirs", "ours_won")
    assert set(kept) == {
        ("Title", "ours", "theirs", False),
        ("Phone", "22", "33", True),
        ("Description", "ours", "theirs", recent == "ours"),
        ("First Name", "ours", "", True),
    }
    again = sync.run(job)
    assert (again.records_updated, again.records_pushed_changed, again.conflicts_found) == (0, 0, 0)


@pytest.mark.requirement("S75")
def test_what_only_salesforce_changed_is_taken_under_every_rule_save_a_blank(sync, job, lead):
    set_up(sync, job, RULES, push=RULED)
    sync.org.client().Lead.update(
        lead, {"Title": "theirs", "Phone": "33", "Description": "theirs", "FirstName": "theirs"}
    )
    sync.run(job)
    assert here(sync, job, lead, *RULED) == ["theirs", "33", "theirs", "theirs"]

    sync.org.client().Lead.update(lead, dict.fromkeys(RULED))
    run = sync.run(job)

    assert here(sync, job, lead, *RULED) == [None, None, None, "theirs"]
    # The kept value is nobody's change here: it is not written back to Salesforce.
    assert there(sync, lead, *RULED) == [None] * 4
    assert (run.records_pushed_changed, run.conflicts_found) == (0, 0)
    assert sync.record(job, lead).dirty is None


@pytest.mark.requirement("S75")
def test_everything_is_read_once_when_a_rule_was_changed(sync, job, lead):
    set_up(sync, job, RULES)
    sync.run(job)
    sync.org.client().Lead.update(lead, {"FirstName": None})
    assert sync.run(job).read_since is not None
    assert here(sync, job, lead, "FirstName") == ["a"]

    set_up(sync, job, {**RULES, "FirstName": MergeRule.SALESFORCE})
    run = sync.run(job)

    assert (run.read_since, "were changed" in run.read_reason) == (None, True)
    assert here(sync, job, lead, "FirstName") == [None]
    assert sync.run(job).read_since is not None


def test_changes_by_rest_tell_when_a_record_was_changed(sync, job, lead):
    rules = {"Title": MergeRule.MOST_RECENT}
    set_up(sync, job, rules)
    sync.run(job)
    sync.edit(job, lead, Title="ours")
    sync.org.client().Lead.update(lead, {"Title": "theirs"})
    date_edit(sync, job, lead, HOUR)

    run = sync.run(job)

    assert run.read_since is not None
    assert here(sync, job, lead, "Title") == ["ours"]
    assert sync.record(job, lead).dirty == {"Title": "theirs"}


def test_a_run_keeps_the_rules_that_it_began_with(sync, job, lead):
    set_up(sync, job, {"Title": MergeRule.OURS, "Phone": MergeRule.SALESFORCE})
    assert sync.run(job).options["rules"] == {"Title": "ours"}
    set_up(sync, job, {"Phone": MergeRule.OURS})
    chosen = SyncJobField.objects.values_list("column__key", "rule")
    assert list(chosen) == [("Phone", "ours")]


@pytest.mark.fault("F47")
def test_echo_of_a_push_changes_nothing_when_it_comes_back(sync, job, lead):
    set_up(sync, job, RULES, push=RULED)
    sync.edit(job, lead, Title="ours", Phone="22", Description="ours", FirstName="ours")
    sync.run(job)
    before = sync.record(job, lead)

    run = sync.run(job)

    assert run.records_read >= 1
    assert (run.records_updated, run.conflicts_found, run.records_pushed_changed) == (0, 0, 0)
    after = sync.record(job, lead)
    assert (after.data, after.dirty, after.updated_at) == (before.data, None, before.updated_at)


@pytest.mark.fault("F47")
@pytest.mark.parametrize("rule", [MergeRule.SALESFORCE, MergeRule.OURS])
def test_edit_made_after_a_push_is_not_lost_to_its_echo_when_salesforce_trimmed_it(
    sync, job, lead, rule
):
    set_up(sync, job, {"Title": rule}, push=["Title"])
    sync.edit(job, lead, Title="  sent with blanks ")
    sync.run(job)
    assert there(sync, lead, "Title") == ["sent with blanks"]
    sync.edit(job, lead, Title="newer")

    run = sync.run(job)

    assert (run.conflicts_found, run.records_overruled, run.records_pushed_changed) == (0, 0, 1)
    assert there(sync, lead, "Title") == here(sync, job, lead, "Title") == ["newer"]


@pytest.mark.fault("F47")
@pytest.mark.parametrize("rule", [MergeRule.SALESFORCE, MergeRule.OURS])
def test_two_lists_come_to_rest_after_one_round_when_both_push_and_pull_a_field(
    sync, job, lead, rule
):
    second = import_list(
        account=sync.account,
        kind=ListKind.LEADS,
        name="The same leads again",
        fields=["Title"],
        actor=sync.actor,
    )
    jobs = [job, sync.execute(second).job]
    for each in jobs:
        set_up(sync, each, {"Title": rule}, push=["Title"])
    sync.edit(jobs[0], lead, Title=" first ")
    sync.edit(jobs[1], lead, Title="second")
    for each in jobs:
        sync.run(each)

    for each in jobs:  # the first one still takes over what the second one has sent
        run = sync.run(each)
        assert (run.records_pushed_changed, run.conflicts_found) == (0, 0)

    title = there(sync, lead, "Title")
    assert [here(sync, each, lead, "Title") for each in jobs] == [title, title]
    for each in jobs:
        run = sync.run(each)
        assert (run.records_updated, run.records_pushed_changed) == (0, 0)
        assert run.state == RunState.SUCCEEDED


@pytest.mark.requirement("S69")
def test_new_record_keeps_its_values_when_ours_wins_and_salesforce_has_its_person(sync, job):
    email = sync.unique()
    lead = sync.create_lead(Email=email, Title="theirs", Phone="33")
    rules = {"Title": MergeRule.OURS, "Phone": MergeRule.SALESFORCE}
    set_up(sync, job, rules, push=["Title", "Phone"], push_add=True)
    sync.add_local(
        job, Email=email, LastName="Test", Company="Test Company", Title="ours", Phone="2"
    )

    sync.run(job)  # finds the lead and ties the record to it
    sync.run(job)  # compares the two

    assert there(sync, lead, "Title", "Phone") == ["ours", "33"]
    assert here(sync, job, lead, "Title", "Phone") == ["ours", "33"]
