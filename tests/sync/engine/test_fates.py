"""Chains of merges."""

from sync.engine.fates import resolve_chains


def test_each_record_follows_to_the_end_of_its_chain():
    masters = {"A": "B", "B": "C", "C": "D", "X": "Y"}

    assert resolve_chains(masters) == {"A": "D", "B": "D", "C": "D", "X": "Y"}


def test_a_ring_ends_somewhere():
    assert set(resolve_chains({"A": "B", "B": "A"})) == {"A", "B"}
