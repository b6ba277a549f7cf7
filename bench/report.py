"""How the measurements are told: as rows of JSON, as a table for people, in the documentation."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.results import FLOOR, Measurement, find_floor
from bench.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results.json"
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

HEADER = (
    "Rows", "Engine", "Work", "Program", "Rows/s", "Wall s", "Waited s", "Processor s",
    "Server s", "Peak MB", "API calls", "Of floor", "By processor", "Target", "Met",
)  # fmt: skip


def make_rows(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Return a JSON object per measurement; ratio, target and met are the product's alone."""
    return [_make_row(each, measurements) for each in measurements]


def _make_row(each: Measurement, measurements: Sequence[Measurement]) -> dict[str, Any]:
    is_product = each.program != FLOOR
    target = TARGETS.get(each.name) if is_product else None
    floor = find_floor(each, measurements) if is_product else None
    ratio = by_processor = None
    if floor is not None:
        ratio = each.rows_per_second / floor.rows_per_second
        by_processor = each.rows_per_processor_second / floor.rows_per_processor_second
    return {
        "name": each.name,
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
        "target": target.describe() if target else "",
        "met": target.is_met(each, ratio) if target else None,
    }


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


def write_results(machine: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Write `results.json`."""
    RESULTS.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")


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
        row["name"],
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
