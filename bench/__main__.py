"""The command: measures every size in turn, prints the table, writes `results.json`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.databases import open_postgresql, open_sqlite
from bench.organisation import run_copy, seed_organisation
from bench.peers.measuring import can_measure, measure_peers
from bench.pull import measure_changes, measure_pulls
from bench.push import LEAST_ROWS, measure_pushes
from bench.report import (
    describe_machine,
    make_results,
    make_rows,
    render_table,
    write_document,
    write_results,
)
from bench.results import Measurement, take_medians
from bench.setting import Setting
from bench.tick import measure_ticks

PUSHED_PART = 5  # of the leads, one in five is sent: 200,000 of a million


def main() -> int:
    """Run the benchmarks; the exit status says that they ran, not that targets are met."""
    options = _parse()
    machine = describe_machine(options.repeat)
    measurements: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="acton-bench-") as name:
        for repetition in range(options.repeat):
            measurements += _measure_ticks(Path(name) / f"ticks-{repetition}")
        for rows in [] if options.only_ticks else options.rows:
            seeded = Path(name) / f"leads-{rows}"
            print(f"Seeding an organisation with {rows:,} leads", flush=True)
            seed_organisation(seeded, rows)
            for repetition in range(options.repeat):
                directory = Path(name) / f"round-{rows}-{repetition}"
                measurements += _measure_round(seeded, directory, rows)
    medians = take_medians(measurements)
    table = render_table(make_rows(medians))
    print(f"\n{table}")
    if options.only_ticks:
        return 0
    write_results(machine, make_results(medians))
    if options.write_docs:
        write_document(machine, table)
    return 0


def _measure_ticks(directory: Path) -> Iterator[Measurement]:
    """Measure the tick on fresh databases."""
    directory.mkdir()
    with open_postgresql() as postgresql, open_sqlite(directory) as sqlite:
        for database in (postgresql, sqlite):
            yield from measure_ticks(database, directory / database.engine)


def _measure_round(seeded: Path, directory: Path, rows: int) -> Iterator[Measurement]:
    """Measure everything once, on fresh databases and a fresh copy of the organisation."""
    directory.mkdir()
    with ExitStack() as open_things:
        organisation = open_things.enter_context(run_copy(seeded, directory / "organisation"))
        databases = [
            open_things.enter_context(open_postgresql()),
            open_things.enter_context(open_sqlite(directory)),
        ]
        settings = [Setting.make(organisation, each, directory / each.engine) for each in databases]
        for setting in settings:
            yield from measure_pulls(setting, rows)
        if can_measure(rows):
            yield from measure_peers(settings[0], settings[1], rows)
        for setting in settings:
            yield from measure_changes(setting, rows)
        for setting in settings:
            yield from measure_pushes(setting, max(LEAST_ROWS, rows // PUSHED_PART))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--rows",
        type=int,
        nargs="+",
        default=[int(rows) for rows in os.environ.get("BENCH_ROWS", "100000 1000000").split()],
        help=f"leads in the organisation, at least {LEAST_ROWS}; one or more sizes",
    )
    parser.add_argument("--repeat", type=int, default=3, help="repetitions; medians are told")
    parser.add_argument(
        "--only-ticks", action="store_true", help="measure the tick alone, and write no file"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="put the figures into docs/performance.md"
    )
    options = parser.parse_args()
    if min(options.rows) < LEAST_ROWS:
        parser.error(f"--rows: a push by Bulk API needs {LEAST_ROWS} leads")
    return options


if __name__ == "__main__":
    sys.exit(main())
