"""Where the programs are measured: an organisation, a database, the product on both."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acton_connector.embedded import make_encryption_keys, make_secret_key
from bench.children import run_child
from bench.databases import Database
from bench.organisation import BenchOrganisation
from bench.results import FLOOR, PRODUCT, Measurement

Facts = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """An organisation and a database of one round, and the environment of the product there."""

    organisation: BenchOrganisation
    database: Database
    environment: Mapping[str, str]

    @classmethod
    def make(
        cls, organisation: BenchOrganisation, database: Database, directory: Path
    ) -> "Setting":
        """Set the product up on an empty database; it keeps its files in `directory`."""
        environment = {
            **os.environ,
            "DEBUG": "false",  # as in production: with it on, Django keeps every statement
            "DATABASE_URL": database.url,
            "REDIS_URL": "",
            "VAR_DIR": str(directory),
            "SECRET_KEY": make_secret_key(),
            "FIELD_ENCRYPTION_KEYS": make_encryption_keys(),
            "DJANGO_SETTINGS_MODULE": "acton_connector.settings",
            "SALESFORCE_EXTRA_LOGIN_HOSTS": organisation.host,
            "SALESFORCE_CA_BUNDLE": organisation.ca_file,
        }
        credentials = {
            "login_host": organisation.host,
            "username": organisation.username,
            "password": organisation.password,
            "security_token": organisation.security_token,
        }
        run_child("bench.product", {"set_up": credentials}, environment)
        return cls(organisation, database, environment)

    def run_floor(
        self, name: str, rows: int, module: str, **task: Any
    ) -> tuple[Measurement, Facts]:
        """Measure a floor program; return the measurement and what the program reported."""
        return self.run_other(FLOOR, name, rows, module, task)

    def run_other(
        self,
        program: str,
        name: str,
        rows: int,
        module: str,
        task: Mapping[str, Any],
        python: str | Path = sys.executable,
    ) -> tuple[Measurement, Facts]:
        """Measure a program that is not the product, in the environment of `python`."""
        task = {
            "organisation": self.organisation.sign_in(),
            "database_url": self.database.url,
            **task,
        }
        # A peer's environment has none of our packages; the benchmark's own are found here.
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return self._measure(
            name, program, rows, lambda: run_child(module, task, environment, python)
        )

    def run_product(self, name: str, rows: int, **queue: Any) -> tuple[Measurement, Facts]:
        """Queue a run as `bench.product` does, and measure a worker's process that does it."""
        run = run_child("bench.product", queue, self.environment)
        return self._measure(
            name, PRODUCT, rows, lambda: run_child("bench.worker", run, self.environment)
        )

    def _measure(
        self, name: str, program: str, rows: int, work: Callable[[], Facts]
    ) -> tuple[Measurement, Facts]:
        self.database.settle()
        self.organisation.log.read_new()
        server_before = self.database.processor_seconds()
        facts = work()
        calls = self.organisation.log.read_new()
        measurement = Measurement(
            name=name,
            program=program,
            engine=self.database.engine,
            rows=rows,
            wall_seconds=facts["wall_seconds"],
            waiting_seconds=calls.waiting_seconds,
            processor_seconds=facts["processor_seconds"],
            server_processor_seconds=self.database.processor_seconds() - server_before,
            peak_memory_mb=facts["peak_memory_mb"],
            api_calls=calls.count,
        )
        print(
            f"{rows:>9,} rows  {self.database.engine:<10}  {name:<24}  {program:<7}  "
            f"{measurement.rows_per_second:>9,.0f} rows/s",
            flush=True,
        )
        return measurement, facts
