"""What is asked of the product, and whether a measurement gives it."""

from dataclasses import dataclass

from bench.results import Measurement

FIRST_PULL, REREAD, FIRST_SYNC = "first pull", "unchanged full re-read", "first sync after import"
NO_CHANGES, SOME_CHANGES = "delta, nothing changed", "delta, 1 % changed"
PUSH_NEW, PUSH_CHANGED = "push of new records", "push of changed records"


@dataclass(frozen=True)
class Target:
    """Limits of one piece of work; None where none is set.

    `least_ratio` is the part of the floor's rate that the product must reach in the same run.
    """

    least_ratio: float | None = None
    most_memory_mb: float | None = None
    most_calls: int | None = None
    most_seconds: float | None = None

    def describe(self) -> str:
        """Return the limits in words."""
        limits = {
            "≥ {:.2f} of the floor": self.least_ratio,
            "≤ {:.0f} MB": self.most_memory_mb,
            "≤ {} calls": self.most_calls,
            "≤ {} s": self.most_seconds,
        }
        return ", ".join(words.format(n) for words, n in limits.items() if n is not None)

    def is_met(self, measured: Measurement, ratio: float | None) -> bool:
        """Tell whether every limit is kept; without a floor its limit is not."""
        fast = self.least_ratio is None or (ratio is not None and ratio >= self.least_ratio)
        small = self.most_memory_mb is None or measured.peak_memory_mb <= self.most_memory_mb
        sparing = self.most_calls is None or measured.api_calls <= self.most_calls
        soon = self.most_seconds is None or measured.wall_seconds <= self.most_seconds
        return fast and small and sparing and soon


PULL = Target(least_ratio=0.8, most_memory_mb=150, most_calls=30)
PUSH = Target(least_ratio=0.5, most_memory_mb=200)
TARGETS = {
    FIRST_PULL: PULL,
    REREAD: PULL,
    NO_CHANGES: Target(most_seconds=1, most_calls=5),
    SOME_CHANGES: Target(most_seconds=1.5),
    PUSH_NEW: PUSH,
    PUSH_CHANGED: PUSH,
}
