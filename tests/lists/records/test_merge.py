"""The three-way merge: the decision on one value as a whole table, and records as properties."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lists.records import MergeRule, PullColumn
from lists.records.merge import (
    Conflict,
    Decision,
    decide,
    find_latest,
    join_twins,
    merge_pulled,
    settle_pushed,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

THEIRS, OURS = Decision("theirs"), Decision("ours")
TO_PUSH = Decision("ours", is_open=True)
THEY_WIN = Decision("theirs", is_conflict=True)
WE_WIN = Decision("ours", is_open=True, is_conflict=True)

# What each rule says, in this order; of the most recent change once for each side.
RULES = ("salesforce", "ours", "we are later", "they are later", "unless_blank")
# (agreed on, ours, Salesforce's): the letters only say which values are equal.
TABLE = {
    # nobody changed it
    ("a", "a", "a"): [THEIRS] * 5,
    (None, None, None): [THEIRS] * 5,
    # only Salesforce changed it
    ("a", "a", "b"): [THEIRS] * 5,
    (None, None, "a"): [THEIRS] * 5,
    ("a", "a", None): [THEIRS, THEIRS, THEIRS, THEIRS, OURS],
    # only we changed it
    ("a", "b", "a"): [TO_PUSH] * 5,
    ("a", None, "a"): [TO_PUSH] * 5,
    (None, "a", None): [TO_PUSH] * 5,
    # both made the same change
    ("a", "b", "b"): [THEIRS] * 5,
    ("a", None, None): [THEIRS] * 5,
    (None, "a", "a"): [THEIRS] * 5,
    # both changed it
    ("a", "b", "c"): [THEY_WIN, WE_WIN, WE_WIN, THEY_WIN, THEY_WIN],
    ("a", None, "b"): [THEY_WIN, WE_WIN, WE_WIN, THEY_WIN, THEY_WIN],
    (None, "a", "b"): [THEY_WIN, WE_WIN, WE_WIN, THEY_WIN, THEY_WIN],
    ("a", "b", None): [THEY_WIN, WE_WIN, WE_WIN, THEY_WIN, WE_WIN],
}


def column(rule=MergeRule.SALESFORCE, key="A", data_type="string"):
    return PullColumn(key, key, data_type, MergeRule(rule))


def decide_by(rule, base, ours, theirs):
    if not rule.endswith("later"):
        return decide(base, ours, theirs, column(rule))
    edited_at = NOON + (HOUR if rule == "we are later" else -HOUR)
    recent = column(MergeRule.MOST_RECENT)
    return decide(base, ours, theirs, recent, edited_at=edited_at, changed_at=NOON)


@pytest.mark.fault("F48")
@pytest.mark.parametrize("values", TABLE, ids=str)
def test_value_is_decided_as_the_table_says(values):
    _, ours, theirs = values
    words = {"ours": ours, "theirs": theirs}
    for rule, expected in zip(RULES, TABLE[values], strict=True):
        assert decide_by(rule, *values) == expected._replace(value=words[expected.value]), rule
    assert {rule.value for rule in MergeRule} <= {*RULES, "most_recent"}


def test_table_holds_every_way_in_which_three_values_can_differ():
    def name_anew(values):
        letters = dict(zip(dict.fromkeys(v for v in values if v), "abc", strict=False))
        return tuple(letters.get(value) for value in values)

    assert {name_anew(values) for values in product([None, "a", "b", "c"], repeat=3)} == set(TABLE)


@pytest.mark.parametrize(
    ("edited_at", "changed_at"),
    [
        (None, NOON),
        (NOON, None),
        (None, None),
        (NOON, NOON),
        (NOON + timedelta(milliseconds=900), NOON),  # Salesforce tells whole seconds
    ],
)
def test_most_recent_is_salesforces_when_ours_is_not_surely_later(edited_at, changed_at):
    recent = column(MergeRule.MOST_RECENT)
    decision = decide("a", "b", "c", recent, edited_at=edited_at, changed_at=changed_at)
    assert decision == Decision("c", is_conflict=True)


@pytest.mark.fault("F47")
@pytest.mark.parametrize("rule", MergeRule)
def test_echo_of_a_push_raises_no_conflict_when_salesforce_wrote_it_otherwise(rule):
    email = column(rule, data_type="email")
    decision = decide("Ada@Example.com", "ada@king.example", "ada@example.com", email)
    assert decision == Decision("ada@king.example", is_open=True)


def test_both_made_the_same_change_when_it_differs_in_letters_alone():
    decision = decide("2", "1.50", "1.5", column(MergeRule.OURS, data_type="double"))
    assert decision == Decision("1.5")


def test_edit_of_the_letters_alone_is_pushed_when_salesforce_has_the_agreed_value():
    phone = column(data_type="phone")
    assert decide("5550100", "555-0100", "5550100", phone) == Decision("555-0100", is_open=True)


values = st.none() | st.sampled_from(["a", "b", " a ", "A"]) | st.text(max_size=3)
times = st.none() | st.integers(-2, 2).map(lambda hours: NOON + hours * HOUR)
columns = st.builds(
    column, st.sampled_from(MergeRule), data_type=st.sampled_from(["string", "email", "double"])
)


@given(values, values, values, columns, times, times)
def test_decision_again_is_the_same_and_no_conflict(base, ours, theirs, column, edited, changed):
    told = {"edited_at": edited, "changed_at": changed}
    once = decide(base, ours, theirs, column, **told)
    base = theirs if once.is_open else once.value
    assert decide(base, once.value, theirs, column, **told) == once._replace(is_conflict=False)


@given(values, values, values, columns, times, times)
def test_no_change_of_either_side_is_lost_unseen(base, ours, theirs, column, edited, changed):
    decision = decide(base, ours, theirs, column, edited_at=edited, changed_at=changed)
    we_changed, they_changed = ours != base, theirs != base
    assert decision.value in (ours, theirs)
    if decision.is_conflict:
        assert we_changed
        assert they_changed
        assert ours != theirs
    if decision.is_open:
        assert we_changed
        assert decision.value == ours
    if column.data_type == "string" and (ours or "").strip() != (theirs or "").strip():
        if we_changed and decision.value != ours:
            assert decision.is_conflict
        if decision.value != theirs and not decision.is_open:
            assert (theirs, column.rule) == (None, MergeRule.UNLESS_BLANK)


KEYS = ["A", "B", "C"]
few_values = st.sampled_from([None, "1", "2", "3"])
records = st.dictionaries(st.sampled_from(KEYS), few_values)
taken = st.lists(
    st.builds(column, st.sampled_from(MergeRule), st.sampled_from(KEYS)), unique_by=lambda c: c.key
)


def test_conflict_tells_both_values_and_the_rule():
    merged = merge_pulled(
        {"A": "ours", "B": "b"},
        {"A": "agreed"},
        {"A": "theirs", "B": "b"},
        [column(), column(key="B")],
    )
    conflict = Conflict("A", "ours", "theirs", MergeRule.SALESFORCE, ours_won=False)
    assert merged == ({"A": "theirs", "B": "b"}, None, True, (conflict,))


def test_value_of_ours_is_left_to_push_against_salesforces_new_one_when_ours_wins():
    merged = merge_pulled({"A": "ours"}, {"A": "old"}, {"A": "theirs"}, [column(MergeRule.OURS)])
    assert (merged.data, merged.dirty, merged.changed) == ({"A": "ours"}, {"A": "theirs"}, False)
    assert [conflict.ours_won for conflict in merged.conflicts] == [True]


def test_value_is_left_alone_when_its_key_is_not_updated():
    merged = merge_pulled(
        {"A": "ours", "B": "old"}, {"A": "agreed"}, {"A": "new", "B": "new"}, [column(key="B")]
    )
    assert merged == ({"A": "ours", "B": "new"}, {"A": "agreed"}, True, ())


def test_new_blank_column_counts_as_no_change():
    assert merge_pulled({}, None, {"A": None}, [column()]) == ({"A": None}, None, False, ())


@given(records, st.none() | records, records, taken, times, times)
def test_merge_again_changes_nothing(data, dirty, pulled, columns, edited, changed):
    told = {"edited_at": edited, "changed_at": changed}
    pulled = {key: pulled.get(key) for key in KEYS}
    once = merge_pulled(data, dirty, pulled, columns, **told)
    again = merge_pulled(once.data, once.dirty, pulled, columns, **told)
    assert again == (once.data, once.dirty, False, ())


@given(records, st.none() | records, records, taken, times, times)
def test_record_is_merged_value_by_value(data, dirty, pulled, columns, edited, changed):
    told = {"edited_at": edited, "changed_at": changed}
    merged = merge_pulled(data, dirty, pulled, columns, **told)
    edits = dirty or {}
    for each in columns:
        ours = data.get(each.key)
        theirs = pulled.get(each.key)
        decision = decide(edits.get(each.key, ours), ours, theirs, each, **told)
        assert merged.data[each.key] == decision.value
        assert (each.key in (merged.dirty or {})) == decision.is_open
        assert (each.key in {c.key for c in merged.conflicts}) == decision.is_conflict
        if decision.is_open:
            assert merged.dirty[each.key] == theirs
    untouched = set(KEYS) - {each.key for each in columns}
    assert {k: merged.data.get(k) for k in untouched} == {k: data.get(k) for k in untouched}
    assert untouched & set(merged.dirty or {}) == untouched & set(edits)


def test_later_edit_counts_when_two_records_become_one():
    assert find_latest() is find_latest(None, None) is None
    assert find_latest(NOON, None) == find_latest(None, NOON) == NOON
    assert find_latest(NOON, NOON + HOUR) == NOON + HOUR


def test_settled_value_is_clean_when_it_is_still_the_sent_one():
    assert settle_pushed({"A": "sent"}, {"A": "old", "B": "b"}, {"A": "sent"}) == {"B": "b"}


def test_settled_value_gets_the_sent_one_as_base_when_it_was_edited_on_its_way():
    assert settle_pushed({"A": "newer"}, {"A": "old"}, {"A": "sent"}) == {"A": "sent"}


def test_new_record_is_dirty_where_it_was_edited_while_it_was_created():
    assert settle_pushed({"A": "newer", "B": "b"}, None, {"A": "sent", "B": "b"}) == {"A": "sent"}


def test_twins_keep_the_sent_values_and_fill_blanks_with_their_open_edits():
    joined = join_twins(
        {"A": "a", "B": None}, None, {"A": "x", "B": "b", "C": "c"}, {"A": "1", "B": "2"}
    )
    assert joined == ({"A": "a", "B": "b", "C": "c"}, {"B": "2"}, True, ())
