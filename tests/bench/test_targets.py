import pytest

from bench.results import PRODUCT, Measurement
from bench.targets import DLT, FIRST_PULL, NO_CHANGES, TARGETS, limits_of


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (FIRST_PULL, ["≥ 0.8 of the floor", "≤ 150 MB", "≤ 30 calls", "≥ 2.5 times CumulusCI"]),
        (NO_CHANGES, ["≤ 1 s", "≤ 5 calls"]),
    ],
)
def test_limits_are_described_in_words(work, words):
    assert [limit.describe() for limit in TARGETS[work]][: len(words)] == words


def measure(program, **changes):
    figures = {
        "name": FIRST_PULL,
        "program": program,
        "engine": "PostgreSQL",
        "rows": 1_000,
        "wall_seconds": 1,
        "waiting_seconds": 0,
        "processor_seconds": 1,
        "server_processor_seconds": 0,
        "peak_memory_mb": 100,
        "api_calls": 4,
    }
    return Measurement(**{**figures, **changes})


def test_peer_is_spoken_of_only_where_it_was_measured():
    product = measure(PRODUCT)
    assert DLT not in [limit.peer for limit in limits_of(product, [product])]
    peers = [product, measure(DLT, wall_seconds=8)]
    (limit,) = [limit for limit in limits_of(product, peers) if limit.peer == DLT]
    assert limit.is_kept(product, peers)
    assert not limit.is_kept(measure(PRODUCT, wall_seconds=1.1), peers)
