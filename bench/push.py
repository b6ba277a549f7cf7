"""Push: people who are new or changed here, to Salesforce, by Bulk API 2.0."""

from collections.abc import Iterator

from bench.results import Measurement, expect
from bench.setting import Setting
from bench.targets import PUSH_CHANGED, PUSH_NEW

# From 2,000 records on a push goes by Bulk API.
LEAST_ROWS = 2_000


def measure_pushes(setting: Setting, rows: int) -> Iterator[Measurement]:
    """Yield each measurement, from a list that holds at least as many leads as are changed."""
    for name, what in ((PUSH_NEW, "new"), (PUSH_CHANGED, "changed")):
        engine = setting.database.engine
        floor, facts = setting.run_floor(
            name, rows, "bench.floor.push", what=what, count=rows, sender=f"{engine}-floor"
        )
        expect(facts["records_written"], rows, f"{name}, floor")
        yield floor
        product, facts = setting.run_product(
            name, rows, queue=f"push {what}", count=rows, sender=f"{engine}-product"
        )
        expect(facts[f"records_pushed_{what}"], rows, f"{name}, product")
        yield product
