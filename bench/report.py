"""How the measurements are told: as rows of JSON, as a table for people, in the documentation."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.results import FLOOR, PRODUCT, Measurement, find_program
from bench.targets import FIRST_PULL, limits_of

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results.json"
DOCUMENT = ROOT / "docs" / "performance.md"
# "Flat": what a process takes more at ten times the size, its measurement's noise included.
FLAT = 1.15
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

HEADER = (
    "Rows", "Engine", "Work", "Program", "Rows/s", "Wall s", "Waited s", "Processor s",
    "Server s", "Peak MB", "API calls", "Of floor", "By processor", "Target", "Met",
)  # fmt: skip


def make_rows(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Return a JSON object per measurement; ratio, target and met are the product's alone."""
    return [_make_row(each, list(measurements)) for each in measurements]


def _make_row(each: Measurement, measurements: list[Measurement]) -> dict[str, Any]:
    is_product = each.program == PRODUCT
    floor = find_program(FLOOR, each, measurements) if is_product else None
    limits = limits_of(each, measurements) if is_product else []
    ratio = by_processor = None
    if floor is not None:
        ratio = each.rows_per_second / floor.rows_per_second
        by_processor = each.rows_per_processor_second / floor.rows_per_processor_second
    return {
        "work": each.name,
        "engine": each.engine,
        "program": each.program,
        "rows": each.rows,
        "rows_per_second": round(each.rows_per_second),
        "wall_seconds": round(each.wall_seconds, 3),
        "waiting_seconds": round(each.waiting_seconds, 3),
        "processor_seconds": round(each.processor_seconds, 3),
        "server_processor_seconds": round(each.server_processor_seconds, 2),
        "peak_memory_mb": round(each.peak_memory_mb, 1),
        "api_calls": each.api_calls,
        "ratio": None if ratio is None else round(ratio, 3),
        "processor_ratio": None if by_processor is None else round(by_processor, 3),
        "target": ", ".join(limit.describe() for limit in limits),
        "met": all(limit.is_kept(each, measurements) for limit in limits) if limits else None,
    }


def make_results(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Return the objects of `results.json`: one for each figure that a target is set for.

    Where none is set, as for the floor and the peers, the figure is the rate. Beside `name`,
    `value`, `unit`, `target` and `met` stands the whole measurement.
    """
    everything = list(measurements)
    results = []
    for each, row in zip(everything, make_rows(everything), strict=True):
        subject = f"{each.name}, {each.engine}, {each.rows:,} rows, {each.program}"
        facts = {name: row[name] for name in row if name not in ("target", "met")}
        limits = limits_of(each, everything) if each.program == PRODUCT else []
        for limit in limits:
            found = limit.read(each, everything)
            results.append(
                {
                    "name": f"{subject}: {limit.figure}",
                    "value": None if found is None else round(found, 3),
                    "unit": limit.unit,
                    "target": limit.value,
                    "met": limit.is_kept(each, everything),
                    **facts,
                }
            )
        if not limits:
            rate = {"value": row["rows_per_second"], "unit": "rows/s", "target": None, "met": None}
            results.append({"name": f"{subject}: rate", **rate, **facts})
    return results + find_growth(everything)


def find_growth(measurements: list[Measurement]) -> list[dict[str, Any]]:
    """Return how much more memory the product's first pull takes at the largest size."""
    pulls = [m for m in measurements if m.program == PRODUCT and m.name == FIRST_PULL]
    results = []
    for engine in dict.fromkeys(each.engine for each in pulls):
        by_size = sorted((m for m in pulls if m.engine == engine), key=lambda m: m.rows)
        smallest, largest = by_size[0], by_size[-1]
        if smallest.rows < largest.rows:
            grown = largest.peak_memory_mb / smallest.peak_memory_mb
            results.append(
                {
                    "name": f"memory of the first pull, {engine}, "
                    f"{largest.rows:,} rows beside {smallest.rows:,}",
                    "value": round(grown, 3),
                    "unit": "times",
                    "target": FLAT,
                    "met": grown <= FLAT,
                }
            )
    return results


def describe_machine(repetitions: int) -> dict[str, Any]:
    """Return when and on what figures are taken; the load before tells who else is at work."""
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "repetitions": repetitions,
        "processors": os.cpu_count(),
        "load_average_before": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
    }


def write_results(machine: dict[str, Any], results: list[dict[str, Any]]) -> None:
    """Write `results.json`; its first object tells of the machine and the load on it."""
    about = {
        "name": "processors of the machine",
        "value": machine["processors"],
        "unit": "processors",
        "target": None,
        "met": None,
        **machine,
    }
    RESULTS.write_text(json.dumps([about, *results], indent=2) + "\n")


def render_table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table that is readable as text, too."""
    lines = [HEADER, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADER))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{row['rows']:,}",
        row["engine"],
        row["work"],
        row["program"],
        f"{row['rows_per_second']:,}",
        f"{row['wall_seconds']:.1f}",
        f"{row['waiting_seconds']:.1f}",
        f"{row['processor_seconds']:.1f}",
        f"{row['server_processor_seconds']:.1f}",
        f"{row['peak_memory_mb']:.0f}",
        f"{row['api_calls']:g}",
        _share(row["ratio"]),
        _share(row["processor_ratio"]),
        row["target"],
        "" if row["met"] is None else ("yes" if row["met"] else "no"),
    )


def _share(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def write_document(machine: dict[str, Any], table: str) -> None:
    """Put the figures into the documentation, between their marks."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    facts = (
        f"Taken {machine['taken_at']} on {machine['processors']} processors "
        f"({machine['system']}, Python {machine['python']}, SQLite {machine['sqlite']}), "
        f"load average before {', '.join(map(str, machine['load_average_before']))}, "
        f"repetitions: {machine['repetitions']}."
    )
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{facts}\n\n{table}\n\n{END}{after}")
