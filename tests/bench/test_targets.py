import pytest

from bench.targets import FIRST_PULL, NO_CHANGES, TARGETS, Target


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (FIRST_PULL, "≥ 0.80 of the floor, ≤ 150 MB, ≤ 30 calls"),
        (NO_CHANGES, "≤ 5 calls, ≤ 1 s"),
    ],
)
def test_target_is_described_by_the_limits_that_it_sets(work, words):
    assert TARGETS[work].describe() == words


def test_target_without_limits_says_nothing():
    assert Target().describe() == ""
