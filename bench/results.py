"""What was measured: one piece of work, done by one program on one engine at one size."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

PRODUCT, FLOOR = "product", "floor"
MEDIANS = (
    "wall_seconds",
    "waiting_seconds",
    "processor_seconds",
    "server_processor_seconds",
    "peak_memory_mb",
    "api_calls",
)


@dataclass(frozen=True)
class Measurement:
    """The cost of the work `name` to a program.

    `waiting_seconds` is the part of `wall_seconds` in which the program waited for Bulk jobs;
    `server_processor_seconds` is the database server's time, 0 where there is no server.
    """

    name: str
    program: str
    engine: str
    rows: int
    wall_seconds: float
    waiting_seconds: float
    processor_seconds: float
    server_processor_seconds: float
    peak_memory_mb: float
    api_calls: float

    @property
    def rows_per_second(self) -> float:
        """The rate of the program's own work: the wait for Salesforce's is not in it."""
        return self.rows / max(self.wall_seconds - self.waiting_seconds, 1e-6)

    @property
    def rows_per_processor_second(self) -> float:
        """The rate by processor time, which others at work on the machine change less."""
        return self.rows / max(self.processor_seconds + self.server_processor_seconds, 1e-6)


def take_medians(measurements: Iterable[Measurement]) -> list[Measurement]:
    """Return one measurement for all repetitions of each, in the order of the first ones."""
    repetitions: defaultdict[tuple[object, ...], list[Measurement]] = defaultdict(list)
    for each in measurements:
        repetitions[each.rows, each.name, each.engine, each.program].append(each)
    return [
        replace(same[0], **{name: median(getattr(each, name) for each in same) for name in MEDIANS})
        for same in repetitions.values()
    ]


def find_program(
    program: str, measured: Measurement, measurements: Iterable[Measurement]
) -> Measurement | None:
    """Return a program's measurement of the same work, engine and size; None without one."""
    same_work = (measured.name, measured.engine, measured.rows)
    for other in measurements:
        if other.program == program and (other.name, other.engine, other.rows) == same_work:
            return other
    return None


def expect(found: int, expected: int, what: str) -> None:
    """Raise RuntimeError when a program did not do the work that its cost is told for."""
    if found != expected:
        raise RuntimeError(f"{what}: {found:,} rows instead of {expected:,}.")
