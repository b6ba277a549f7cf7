"""The three-way merge, case by case and as a property."""

from hypothesis import given
from hypothesis import strategies as st

from lists.records.merge import join_twins, merge_pulled, settle_pushed

KEYS = ["A", "B", "C"]
values = st.sampled_from([None, "1", "2", "3"])
records = st.dictionaries(st.sampled_from(KEYS), values)


def test_edit_of_ours_stays_when_salesforce_still_has_the_agreed_value():
    merged = merge_pulled({"A": "ours"}, {"A": "agreed"}, {"A": "agreed"}, {"A"})
    assert merged == ({"A": "ours"}, {"A": "agreed"}, False, False)


def test_salesforce_wins_when_both_sides_changed():
    merged = merge_pulled({"A": "ours"}, {"A": "agreed"}, {"A": "theirs"}, {"A"})
    assert merged == ({"A": "theirs"}, None, True, True)


def test_edit_is_settled_when_both_sides_made_the_same_change():
    merged = merge_pulled({"A": "same"}, {"A": "agreed"}, {"A": "same"}, {"A"})
    assert merged == ({"A": "same"}, None, False, False)


def test_value_is_left_alone_when_its_key_is_not_updated():
    merged = merge_pulled(
        {"A": "ours", "B": "old"}, {"A": "agreed"}, {"A": "new", "B": "new"}, {"B"}
    )
    assert merged == ({"A": "ours", "B": "new"}, {"A": "agreed"}, True, False)


def test_new_blank_column_counts_as_no_change():
    assert merge_pulled({}, None, {"A": None}, {"A"}) == ({"A": None}, None, False, False)


@given(records, st.none() | records, records, st.sets(st.sampled_from(KEYS)))
def test_merge_again_changes_nothing(data, dirty, pulled, update_keys):
    pulled = {key: pulled.get(key) for key in KEYS}
    once = merge_pulled(data, dirty, pulled, update_keys)
    again = merge_pulled(once.data, once.dirty, pulled, update_keys)
    assert again == (once.data, once.dirty, False, False)


@given(records, st.none() | records, records, st.sets(st.sampled_from(KEYS)))
def test_merged_value_is_salesforces_unless_only_we_changed_it(data, dirty, pulled, update_keys):
    pulled = {key: pulled.get(key) for key in KEYS}
    merged = merge_pulled(data, dirty, pulled, update_keys)
    for key in update_keys:
        if merged.dirty and key in merged.dirty:
            assert merged.dirty[key] == pulled[key]
            assert merged.data.get(key) == data.get(key)
        else:
            assert merged.data[key] == pulled[key]


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
    assert joined == ({"A": "a", "B": "b", "C": "c"}, {"B": "2"}, True, False)
