"""What is asked of the product, and whether a measurement gives it."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.results import FLOOR, Measurement, find_program

FIRST_PULL, REREAD, FIRST_SYNC = "first pull", "unchanged full re-read", "first sync after import"
NO_CHANGES, SOME_CHANGES = "delta, nothing changed", "delta, 1 % changed"
TICK, TICK_NOTHING_DUE = "tick, 1,000 jobs due", "tick, nothing due"
PUSH_NEW, PUSH_CHANGED = "push of new records", "push of changed records"

CUMULUSCI, DLT, SINGER = "CumulusCI", "dlt", "tap-salesforce"

Others = list[Measurement]


@dataclass(frozen=True)
class Limit:
    """One figure that a piece of work must reach (`at_least`) or keep below.

    `read` returns the figure, or None where there is nothing to compare with; then it is not
    reached. A limit that needs a peer is `asked` only where the peer was measured.
    """

    figure: str
    unit: str
    value: float
    read: Callable[[Measurement, Others], float | None]
    at_least: bool = False
    peer: str = ""

    def is_kept(self, measured: Measurement, others: Others) -> bool:
        """Tell whether the measurement, seen beside the others of its run, keeps the limit."""
        found = self.read(measured, others)
        if found is None:
            return False
        return found >= self.value if self.at_least else found <= self.value

    def is_asked(self, measured: Measurement, others: Others) -> bool:
        """Tell whether the limit can be spoken of: its peer does not install everywhere."""
        return not self.peer or find_program(self.peer, measured, others) is not None

    def describe(self) -> str:
        """Return the limit in words."""
        return f"{'≥' if self.at_least else '≤'} {self.value:g} {self.unit}"


def compare_rate(program: str) -> Callable[[Measurement, Others], float | None]:
    """Return what reads a measurement's rate as a multiple of another program's same work."""

    def read(measured: Measurement, others: Others) -> float | None:
        other = find_program(program, measured, others)
        return measured.rows_per_second / other.rows_per_second if other else None

    return read


def _rate(least: float, program: str = FLOOR) -> Limit:
    whose = "of the floor" if program == FLOOR else f"times {program}"
    peer = "" if program == FLOOR else program
    return Limit(f"rate beside {program}", whose, least, compare_rate(program), True, peer)


def _memory(most: float) -> Limit:
    return Limit("peak memory", "MB", most, lambda measured, _: measured.peak_memory_mb)


def _calls(most: float) -> Limit:
    return Limit("API calls", "calls", most, lambda measured, _: measured.api_calls)


def _seconds(most: float) -> Limit:
    return Limit("time", "s", most, lambda measured, _: measured.wall_seconds)


PULL = (_rate(0.8), _memory(150), _calls(30))
PUSH = (_rate(0.5), _memory(200))
TARGETS: dict[str, tuple[Limit, ...]] = {
    FIRST_PULL: (*PULL, _rate(2.5, CUMULUSCI), _rate(8, DLT), _rate(20, SINGER)),
    REREAD: PULL,
    NO_CHANGES: (_seconds(1), _calls(5)),
    SOME_CHANGES: (_seconds(1.5),),
    TICK: (_seconds(0.5),),
    PUSH_NEW: PUSH,
    PUSH_CHANGED: PUSH,
}


def limits_of(measured: Measurement, others: Others) -> list[Limit]:
    """Return the limits that are set to a measurement of the product."""
    return [limit for limit in TARGETS.get(measured.name, ()) if limit.is_asked(measured, others)]
