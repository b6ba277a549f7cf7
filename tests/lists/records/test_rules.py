"""Rules for what both sides changed, as the record store carries them out."""

from datetime import UTC, datetime, timedelta

import pytest

from lists.models import ListRecord
from lists.records import Conflicts, MergeRule, PageCounts, PullColumn
from lists.records.conflicts import MOST_TOLD
from tests.factories import ListRecordFactory
from tests.lists.records.pages import FIELDS, OWNER, cut, lead, lead_id, plan_for, render

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WITH_TIME = ("LastModifiedDate", "Id", "OwnerId", *FIELDS)


def plan_by(marketing_list, **rules):
    columns = (
        PullColumn(name, name, "string", rules.get(name, MergeRule.SALESFORCE)) for name in FIELDS
    )
    return plan_for(marketing_list, columns=tuple(columns))


def pull(store, plan, *rows):
    return store.apply_page(plan, cut(render(rows)))


def pull_changed_at(store, plan, moment, *rows):
    lines = [(f"{moment:%Y-%m-%dT%H:%M:%S}.000Z", *row) for row in rows]
    return store.apply_page(plan, cut(render(lines, WITH_TIME)))


def edited(marketing_list, edited_at=NOON, number=1):
    """Return a record in which the last name was changed here."""
    return ListRecordFactory(
        list=marketing_list,
        salesforce_id=lead_id(number),
        owner_id=OWNER,
        email="a@example.com",
        data={"Email": "a@example.com", "LastName": "Ours", "Notes__c": None},
        dirty={"LastName": "Agreed"},
        edited_at=edited_at,
    )


def values(number=1):
    record = ListRecord.objects.get(salesforce_id=lead_id(number))
    return record.data["LastName"], record.dirty


def test_blank_of_salesforces_empties_no_value_when_the_rule_says_so(store, marketing_list):
    plan = plan_by(marketing_list, LastName=MergeRule.UNLESS_BLANK, Email=MergeRule.UNLESS_BLANK)
    pull(store, plan, lead(1, "a@example.com", "Lovelace", "Notes"))

    counts = pull(store, plan, lead(1, "", "", ""))

    assert counts == PageCounts(read=1, updated=1)  # its notes are blank now
    record = ListRecord.objects.get()
    assert record.data == {"Email": "a@example.com", "LastName": "Lovelace", "Notes__c": None}
    assert record.email == "a@example.com"
    assert record.dirty is None, "nobody here changed it: nothing is to be pushed"
    assert pull(store, plan, lead(1, "b@example.com", "King", "")).updated == 1
    record.refresh_from_db()
    assert (record.data["LastName"], record.email) == ("King", "b@example.com")


def test_value_goes_into_blanks_alone_when_nobody_chose_to_pull_its_column(store, marketing_list):
    columns = tuple(PullColumn(name, name, only_fills=name != "Notes__c") for name in FIELDS)
    filling = plan_for(marketing_list, columns=columns)
    pull(
        store,
        plan_by(marketing_list),
        lead(1, "a@example.com", "Lovelace", ""),
        lead(2, "", "", ""),
    )
    rows = lead(1, "b@example.com", "King", "Notes"), lead(2, "b@example.com", "King", "Notes")

    assert pull(store, filling, *rows) == PageCounts(read=2, updated=2)

    kept, filled = ListRecord.objects.order_by("salesforce_id")
    assert kept.data == {"Email": "a@example.com", "LastName": "Lovelace", "Notes__c": "Notes"}
    assert filled.data == {"Email": "b@example.com", "LastName": "King", "Notes__c": "Notes"}
    assert (kept.email, filled.email) == ("a@example.com", "b@example.com")
    assert (kept.dirty, filled.dirty) == (None, None)
    assert pull(store, filling, *rows) == PageCounts(read=2, unchanged=2)
    assert pull(store, plan_by(marketing_list), *rows) == PageCounts(read=2, updated=1, unchanged=1)
    assert values(1) == ("King", None)


def test_record_is_unchanged_when_all_that_salesforce_changed_are_blanks(store, marketing_list):
    plan = plan_by(marketing_list, **dict.fromkeys(FIELDS, MergeRule.UNLESS_BLANK))
    pull(store, plan, lead(1, "a@example.com", "Lovelace", "Notes"))
    before = ListRecord.objects.get()

    assert pull(store, plan, lead(1, "", "", "")) == PageCounts(read=1, unchanged=1)

    after = ListRecord.objects.get()
    assert (after.data, after.updated_at) == (before.data, before.updated_at)


def test_blank_is_taken_over_after_all_when_the_rule_is_changed_back(store, marketing_list):
    blank = lead(1, "a@example.com", "", "")
    keeping = plan_by(marketing_list, LastName=MergeRule.UNLESS_BLANK)
    pull(store, keeping, lead(1, "a@example.com", "Lovelace", ""))
    pull(store, keeping, blank)

    counts = pull(store, plan_by(marketing_list), blank)

    assert counts == PageCounts(read=1, updated=1)
    assert values() == (None, None)


def test_unchanged_row_writes_nothing_when_another_rule_would_decide_the_same(
    store, marketing_list
):
    row = lead(1, "a@example.com", "Lovelace", "")
    pull(store, plan_by(marketing_list), row)
    before = ListRecord.objects.values().get()
    for rule in (MergeRule.OURS, MergeRule.UNLESS_BLANK):
        pull(store, plan_by(marketing_list, LastName=rule), row)
    recent = plan_by(marketing_list, LastName=MergeRule.MOST_RECENT)
    pull_changed_at(store, recent, NOON, row)
    pull_changed_at(store, recent, NOON + timedelta(hours=1), row)
    assert ListRecord.objects.values().get() == before


@pytest.mark.fault("F48")
@pytest.mark.parametrize(
    ("changed_at", "outcome", "conflicts"),
    [
        (NOON - timedelta(seconds=1), ("Ours", {"LastName": "Theirs"}), Conflicts(1, upheld=1)),
        (NOON, ("Theirs", None), Conflicts(1, overruled=1)),
        (NOON + timedelta(hours=1), ("Theirs", None), Conflicts(1, overruled=1)),
    ],
)
def test_later_change_is_kept_when_the_rule_is_the_most_recent(
    store, marketing_list, changed_at, outcome, conflicts
):
    plan = plan_by(marketing_list, LastName=MergeRule.MOST_RECENT)
    edited(marketing_list)

    counts = pull_changed_at(store, plan, changed_at, lead(1, "a@example.com", "Theirs", ""))

    assert values() == outcome
    assert counts.conflicts == conflicts


def test_time_of_a_change_is_read_from_its_column_when_the_list_has_it(store, marketing_list):
    names = ("LastModifiedDate", "LastName")
    columns = [PullColumn(name, name, "string", MergeRule.MOST_RECENT) for name in names]
    plan = plan_for(
        marketing_list, columns=tuple(columns), email_key=None, update_keys=frozenset(names)
    )
    edited(marketing_list)
    page = render(
        [(lead_id(1), OWNER, "2026-03-01T11:00:00.000Z", "Theirs")], ("Id", "OwnerId", *names)
    )

    store.apply_page(plan, cut(page))

    assert values() == ("Ours", {"LastName": "Theirs"})
    assert ListRecord.objects.get().data["LastModifiedDate"] == "2026-03-01T11:00:00.000Z"


@pytest.mark.fault("F48")
def test_edit_of_ours_is_left_to_push_when_ours_wins(store, marketing_list):
    plan = plan_by(marketing_list, LastName=MergeRule.OURS)
    record = edited(marketing_list)

    counts = pull(store, plan, lead(1, "a@example.com", "Theirs", ""))

    assert values() == ("Ours", {"LastName": "Theirs"})
    assert counts == PageCounts(read=1, unchanged=1, conflicts=Conflicts(1, upheld=1))
    ((record_id, salesforce_id, label, conflict),) = counts.conflicts.told
    assert (record_id, salesforce_id, label) == (record.record_id, lead_id(1), "a@example.com")
    assert conflict == ("LastName", "Ours", "Theirs", MergeRule.OURS, True)


def test_change_of_salesforces_is_taken_when_ours_wins_and_nobody_here_changed_it(
    store, marketing_list
):
    plan = plan_by(marketing_list, LastName=MergeRule.OURS)
    pull(store, plan, lead(1, "a@example.com", "Lovelace", ""))
    assert pull(store, plan, lead(1, "a@example.com", "King", "")) == PageCounts(read=1, updated=1)
    assert values() == ("King", None)


def test_first_conflicts_are_told_and_all_are_counted(store, marketing_list):
    records = [edited(marketing_list, number=number) for number in range(3)]
    conflicts = Conflicts()
    told = pull(
        store,
        plan_by(marketing_list),
        *(lead(number, "a@example.com", "Theirs", "") for number in range(3)),
    ).conflicts.told
    for _ in range(MOST_TOLD):
        conflicts.note(records[0], [told[0].conflict, told[1].conflict])
    assert len(told) == 3
    assert (conflicts.values, len(conflicts.told)) == (2 * MOST_TOLD, MOST_TOLD)
