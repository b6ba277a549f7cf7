"""Every peer that installs here, measured on the organisation of a round."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.peers.environments import prepare_environment
from bench.people import PULL_FIELDS, READ_EVERYTHING
from bench.results import Measurement, expect
from bench.setting import Setting
from bench.targets import CUMULUSCI, DLT, FIRST_PULL, REREAD, SINGER

MOST_ROWS = 100_000
NO_DATABASE = "none"
TASK: dict[str, Any] = {"fields": list(PULL_FIELDS), "query": READ_EVERYTHING}


def measure_peers(postgresql: Setting, sqlite: Setting, rows: int) -> Iterator[Measurement]:
    """Yield the first pull of each peer, and where it can, the pull of what it has already."""
    for program, module in (
        ("simple-salesforce download", "bench.peers.bulk_download"),
        ("simple-salesforce query", "bench.peers.bulk_query"),
    ):
        # No database is at work, and none is named.
        yield replace(_run(sqlite, program, FIRST_PULL, rows, module), engine=NO_DATABASE)
    if python := prepare_environment("cumulusci"):
        yield _run(
            sqlite, CUMULUSCI, FIRST_PULL, rows, "bench.peers.cumulusci_extract", python=python
        )
    if python := prepare_environment("dlt"):
        for work in (FIRST_PULL, REREAD):
            yield _run(postgresql, DLT, work, rows, "bench.peers.dlt_merge", python=python)
    tap, target = prepare_environment("tap_salesforce"), prepare_environment("target_postgres")
    if tap and target:
        pythons = {"tap_python": str(tap), "target_python": str(target)}
        for work in (FIRST_PULL, REREAD):
            yield _run(postgresql, SINGER, work, rows, "bench.peers.tap_to_target", task=pythons)


def _run(
    setting: Setting,
    program: str,
    work: str,
    rows: int,
    module: str,
    *,
    task: dict[str, Any] | None = None,
    **options: Any,
) -> Measurement:
    measurement, facts = setting.run_other(
        program, work, rows, module, {**TASK, **(task or {})}, **options
    )
    expect(facts["records"], rows, f"{work}, {program}")
    return measurement


def can_measure(rows: int) -> bool:
    """Tell whether the peers are measured at this size; BENCH_PEERS=no leaves them out."""
    return rows <= MOST_ROWS and os.environ.get("BENCH_PEERS", "yes") != "no"
