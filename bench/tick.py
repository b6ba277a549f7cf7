"""The tick: many jobs in many accounts, of which some are due."""

import os
from collections.abc import Iterator
from pathlib import Path

from acton_connector.embedded import make_encryption_keys, make_secret_key
from bench.children import run_child
from bench.databases import Database
from bench.results import PRODUCT, Measurement, expect
from bench.targets import TICK, TICK_NOTHING_DUE
from tools.services import start_redis

ACCOUNTS, JOBS, DUE = 10_000, 100_000, 1_000


def measure_ticks(database: Database, directory: Path) -> Iterator[Measurement]:
    """Yield the cost of a tick with nothing due and with 1,000 jobs due, on an empty database."""
    with start_redis() as redis_url:
        environment = {
            **os.environ,
            "DEBUG": "false",
            "DATABASE_URL": database.url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(directory),
            "SECRET_KEY": make_secret_key(),
            "FIELD_ENCRYPTION_KEYS": make_encryption_keys(),
            "DJANGO_SETTINGS_MODULE": "acton_connector.settings",
        }
        task = {"accounts": ACCOUNTS, "jobs": JOBS}
        run_child("bench.tick_worker", {**task, "work": "seed"}, environment)
        for name, due in ((TICK_NOTHING_DUE, 0), (TICK, DUE)):
            yield _measure(name, database, environment, due)


def _measure(name: str, database: Database, environment: dict[str, str], due: int) -> Measurement:
    run_child("bench.tick_worker", {"work": "make due", "due": due}, environment)
    database.settle()
    server_before = database.processor_seconds()
    facts = run_child("bench.tick_worker", {"work": "tick"}, environment)
    expect(facts["queued"], due, name)
    measurement = Measurement(
        name=name,
        program=PRODUCT,
        engine=database.engine,
        rows=JOBS,
        wall_seconds=facts["wall_seconds"],
        waiting_seconds=0,
        processor_seconds=facts["processor_seconds"],
        server_processor_seconds=database.processor_seconds() - server_before,
        peak_memory_mb=facts["peak_memory_mb"],
        api_calls=0,
    )
    seconds = facts["wall_seconds"]
    print(f"{JOBS:>9,} jobs  {database.engine:<10}  {name}: {seconds:.3f} s", flush=True)
    return measurement
