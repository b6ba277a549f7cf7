"""Edits that another record of the same person takes over."""

from lists.records.adopt import Edit, adopt


def test_an_edit_is_taken_over_with_the_value_last_agreed_on():
    adopted = adopt({"Title": "Theirs", "Phone": "1"}, None, {"Title": Edit("Ours", "Base")})

    assert adopted.data == {"Title": "Ours", "Phone": "1"}
    assert adopted.dirty == {"Title": "Base"}
    assert adopted.changed


def test_a_records_own_edit_stays_and_a_value_that_it_has_is_no_edit():
    data, dirty = {"Title": "Own", "Phone": "1"}, {"Title": None}
    edits = {"Title": Edit("Other", "Base"), "Phone": Edit("1", "0"), "City": Edit(None, "Rome")}

    adopted = adopt(data, dirty, edits)

    assert (adopted.data, adopted.dirty, adopted.changed) == (data, dirty, False)
