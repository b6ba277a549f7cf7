"""How many records a run may remove by itself."""

import pytest

from sync.engine.brake import Removal


@pytest.mark.parametrize(
    ("known", "read", "missing", "suspicious"),
    [
        (1000, 999, 1, False),
        (1000, 801, 199, False),
        (1000, 800, 200, True),
        (1000, 0, 1000, True),
        (10, 0, 10, True),
        (5, 4, 1, True),
    ],
)
@pytest.mark.fault("F37")
def test_a_read_of_nothing_or_of_a_fifth_less_is_suspicious(known, read, missing, suspicious):
    assert Removal(known=known, read=read, missing=missing).is_suspicious is suspicious


def test_an_empty_read_is_suspicious_even_when_little_is_missing():
    assert Removal(known=0, read=0, missing=0).is_suspicious


@pytest.mark.parametrize(("limit", "within"), [(20, True), (19, False), (100, True), (0, False)])
def test_the_limit_is_a_share_of_the_known_records(limit, within):
    assert Removal(known=100, read=80, missing=20).is_within(limit) is within
