"""What an edit of a cell makes of a record's values and of what is to be pushed."""

from hypothesis import given
from hypothesis import strategies as st

from lists.edits import edit

values = st.none() | st.sampled_from(["Ada", "Grace", ""])


def test_edit_keeps_the_agreed_value_when_a_cell_changes_the_first_time():
    data, dirty = edit({"Name": "Ada"}, None, "Name", "Grace", is_known=True)

    assert data == {"Name": "Grace"}
    assert dirty == {"Name": "Ada"}


def test_edit_keeps_the_first_agreed_value_when_a_cell_changes_again():
    data, dirty = edit({"Name": "Grace"}, {"Name": "Ada"}, "Name", "Edsger", is_known=True)

    assert data == {"Name": "Edsger"}
    assert dirty == {"Name": "Ada"}


def test_edit_leaves_nothing_to_push_when_a_cell_is_set_back():
    data, dirty = edit({"Name": "Grace"}, {"Name": "Ada"}, "Name", "Ada", is_known=True)

    assert data == {"Name": "Ada"}
    assert dirty is None


def test_edit_keeps_other_open_edits_when_a_cell_is_set_back():
    before = {"Name": "Ada", "Title": "Dr"}

    _, dirty = edit({"Name": "Grace", "Title": "Prof"}, before, "Name", "Ada", is_known=True)

    assert dirty == {"Title": "Dr"}


def test_edit_takes_a_missing_cell_for_blank():
    assert edit({}, None, "Name", None, is_known=True) == ({"Name": None}, None)
    assert edit({}, None, "Name", "Ada", is_known=True) == ({"Name": "Ada"}, {"Name": None})


def test_edit_keeps_no_agreed_value_when_salesforce_does_not_know_the_record():
    assert edit({"Name": "Ada"}, None, "Name", "Grace", is_known=False) == ({"Name": "Grace"}, None)


def test_edit_leaves_what_it_was_given_unchanged():
    data, dirty = {"Name": "Ada"}, {"Title": "Dr"}

    edit(data, dirty, "Name", "Grace", is_known=True)

    assert (data, dirty) == ({"Name": "Ada"}, {"Title": "Dr"})


@given(st.lists(st.tuples(st.sampled_from(["Name", "Title"]), values)))
def test_dirty_names_the_cells_that_differ_from_the_agreed_ones_after_any_edits(edits):
    agreed = {"Name": "Ada", "Title": None}
    data, dirty = dict(agreed), None
    for key, value in edits:
        data, dirty = edit(data, dirty, key, value, is_known=True)

    differing = {key: agreed[key] for key in agreed if data[key] != agreed[key]}
    assert dirty == (differing or None)
