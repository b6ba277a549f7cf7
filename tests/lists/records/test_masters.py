"""Two records of a list whose counterparts Salesforce merged."""

from lists.records.masters import join_merged

MIRRORED = ["Phone", "Title"]


def join(winner, winner_dirty, loser, loser_dirty):
    return join_merged(winner, winner_dirty, loser, loser_dirty, mirrored_keys=MIRRORED)


def test_an_edit_of_the_loser_becomes_one_of_the_winner():
    joined = join({"Phone": "1"}, None, {"Phone": "9"}, {"Phone": "2"})

    assert (joined.data, joined.dirty) == ({"Phone": "9"}, {"Phone": "1"})


def test_an_edit_of_the_winner_stays_when_both_were_edited():
    joined = join({"Phone": "1"}, {"Phone": "0"}, {"Phone": "9"}, {"Phone": "2"})

    assert (joined.data, joined.dirty) == ({"Phone": "1"}, {"Phone": "0"})


def test_an_edit_to_the_winners_value_leaves_nothing_to_push():
    joined = join({"Phone": "1"}, None, {"Phone": "1"}, {"Phone": "2"})

    assert (joined.data, joined.dirty, joined.changed) == ({"Phone": "1"}, None, False)


def test_a_blank_that_salesforce_left_stays_blank():
    joined = join({"Title": None}, None, {"Title": "Director"}, None)

    assert joined.data == {"Title": None}


def test_a_column_that_salesforce_does_not_have_fills_the_blank():
    joined = join({"Note": None}, None, {"Note": "Met in Ulm"}, None)

    assert (joined.data, joined.dirty) == ({"Note": "Met in Ulm"}, None)
