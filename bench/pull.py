"""Pull: all leads of the organisation into a list, then again all, then what changed."""

from collections.abc import Iterator

from bench.results import Measurement, expect
from bench.setting import Setting
from bench.targets import FIRST_PULL, FIRST_SYNC, NO_CHANGES, REREAD, SOME_CHANGES

FLOORS = {"PostgreSQL": "bench.floor.pull_postgres", "SQLite": "bench.floor.pull_sqlite"}


def measure_pulls(setting: Setting, rows: int) -> Iterator[Measurement]:
    """Yield each measurement on an empty database; the floor and the product take turns."""
    yield _run_floor(setting, FIRST_PULL, rows, written=rows)
    yield _run_product(setting, FIRST_PULL, rows, queue="import", written=rows)
    # An import and a sync take rows over by different rules; that must not cost a write of all.
    yield _run_product(setting, FIRST_SYNC, rows, queue="pull", written=0)
    yield _run_floor(setting, REREAD, rows, written=0)
    yield _run_product(setting, REREAD, rows, queue="pull", written=0)
    yield _run_changes(setting, NO_CHANGES, rows, changed=0)


def measure_changes(setting: Setting, rows: int) -> Iterator[Measurement]:
    """Yield the pull of one change in a hundred, after `measure_pulls` of every engine."""
    setting.organisation.change_leads(rows // 100)
    yield _run_changes(setting, SOME_CHANGES, rows, changed=rows // 100)


def _run_floor(setting: Setting, name: str, rows: int, *, written: int) -> Measurement:
    measurement, facts = setting.run_floor(name, rows, FLOORS[setting.database.engine])
    expect(facts["records_written"], written, f"{name}, floor")
    return measurement


def _run_product(
    setting: Setting, name: str, rows: int, *, queue: str, written: int
) -> Measurement:
    measurement, facts = setting.run_product(name, rows, queue=queue)
    expect(facts["records_read"], rows, f"{name}, read")
    expect(facts["records_added"] + facts["records_updated"], written, f"{name}, written")
    return measurement


def _run_changes(setting: Setting, name: str, rows: int, *, changed: int) -> Measurement:
    """Measure a pull of changes; its rate is that of the whole list, as if all had been read."""
    measurement, facts = setting.run_product(name, rows, queue="changes")
    expect(facts["records_read"], changed, f"{name}, read")
    expect(facts["records_updated"], changed, f"{name}, written")
    return measurement
