"""Medians, ratios and targets of measurements."""

from dataclasses import replace

import pytest

from bench.report import find_growth, make_results, make_rows
from bench.results import FLOOR, PRODUCT, Measurement, take_medians
from bench.targets import FIRST_PULL

MEASURED = Measurement(
    name=FIRST_PULL,
    program=PRODUCT,
    engine="SQLite",
    rows=1_000,
    wall_seconds=3,
    waiting_seconds=1,
    processor_seconds=1,
    server_processor_seconds=0,
    peak_memory_mb=100,
    api_calls=4,
)
FASTER_FLOOR = replace(MEASURED, program=FLOOR, wall_seconds=2)


def test_rate_leaves_the_wait_for_salesforce_out() -> None:
    assert MEASURED.rows_per_second == 500


def test_medians_join_the_repetitions_of_one_program_only() -> None:
    slower, slowest = (replace(MEASURED, wall_seconds=seconds) for seconds in (5, 9))
    joined = take_medians([MEASURED, FASTER_FLOOR, slowest, slower])
    assert [(each.program, each.wall_seconds) for each in joined] == [(PRODUCT, 5), (FLOOR, 2)]


def test_ratio_compares_with_the_floor_of_the_same_engine_and_size() -> None:
    others = [replace(FASTER_FLOOR, engine="PostgreSQL"), replace(FASTER_FLOOR, rows=9)]
    row, *_ = make_rows([MEASURED, *others])
    assert row["ratio"] is None
    row, *_ = make_rows([MEASURED, *others, FASTER_FLOOR])
    assert row["ratio"] == 0.5


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"wall_seconds": 2.25}, True),
        ({"wall_seconds": 2.26}, False),
        ({"wall_seconds": 2.25, "peak_memory_mb": 151}, False),
        ({"wall_seconds": 2.25, "api_calls": 31}, False),
    ],
)
def test_target_is_met_when_every_limit_is_kept(changes: dict[str, float], met: bool) -> None:
    row, _ = make_rows([replace(MEASURED, **changes), FASTER_FLOOR])
    assert row["met"] is met


def test_target_is_not_met_when_no_floor_was_measured() -> None:
    row, *_ = make_rows([MEASURED])
    assert row["met"] is False


def test_results_hold_an_object_for_each_figure_with_a_target() -> None:
    results = make_results([MEASURED, FASTER_FLOOR])
    assert [(each["name"], each["value"], each["unit"], each["target"], each["met"])
            for each in results] == [
        ("first pull, SQLite, 1,000 rows, product: rate beside floor",
         0.5, "of the floor", 0.8, False),
        ("first pull, SQLite, 1,000 rows, product: peak memory", 100, "MB", 150, True),
        ("first pull, SQLite, 1,000 rows, product: API calls", 4, "calls", 30, True),
        ("first pull, SQLite, 1,000 rows, floor: rate", 1000, "rows/s", None, None),
    ]  # fmt: skip
    assert results[0]["processor_seconds"] == 1
    assert results[0]["ratio"] == 0.5


def test_growth_compares_the_memory_at_the_largest_size_with_the_smallest() -> None:
    larger = replace(MEASURED, rows=9_000, peak_memory_mb=130)
    (growth,) = find_growth([larger, MEASURED, replace(FASTER_FLOOR, rows=90_000)])
    assert (growth["value"], growth["met"]) == (1.3, False)
    assert find_growth([MEASURED]) == []
