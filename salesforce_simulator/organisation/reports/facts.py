"""The fact map: totals and rows by the groups that they belong to.

A group of the first level is `0`, its second group of the next level `0_1`; `T` is
the total of a direction. A key joins the row groups and the column groups, as in
`0_1!T`. Rows stand under the key of their groups of the last levels alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from salesforce_simulator.organisation.reports.aggregates import Total
from salesforce_simulator.organisation.reports.groups import Group, group_of, sort_key
from salesforce_simulator.organisation.reports.plan import Level, Plan
from salesforce_simulator.organisation.reports.values import Writer

TOTAL = "T"

Path = tuple[Group, ...]


@dataclass
class Node:
    """A group in its tree, with the groups of the next level inside it."""

    group: Group
    path: Path
    key: str
    children: list["Node"] = field(default_factory=list)

    def all(self) -> Iterator["Node"]:
        """Yield this group and every one inside it."""
        yield self
        for child in self.children:
            yield from child.all()


class Facts:
    """Takes the rows of a report one by one, and tells its groups and totals at the end."""

    def __init__(self, plan: Plan, writer: Writer, most_rows: int) -> None:
        self._plan = plan
        self._writer = writer
        self._most_rows = most_rows
        self._totals: dict[tuple[Path, Path], list[Total]] = {}
        self._kept: dict[tuple[Path, Path], list[Sequence[Any]]] = {}
        self._kept_count = 0
        self.row_count = 0
        self._total((), ())

    def take(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count rows, and keep those that still find room."""
        for row in rows:
            self._take(row)

    def take_unseen(self, number: int) -> None:
        """Count rows of a list that were counted elsewhere and are not shown."""
        self.row_count += number
        for total in self._total((), ()):
            total.count += number

    def _take(self, row: Sequence[Any]) -> None:
        down = self._path(self._plan.down, row)
        across = self._path(self._plan.across, row)
        self.row_count += 1
        for depth in range(len(down) + 1):
            for width in range(len(across) + 1):
                self._add(down[:depth], across[:width], row)
        if self._kept_count < self._most_rows:
            self._kept.setdefault((down, across), []).append(row)
            self._kept_count += 1

    def _path(self, levels: tuple[Level, ...], row: Sequence[Any]) -> Path:
        return tuple(
            group_of(
                level.slot.column,
                level.grouping.granularity,
                row[level.slot.value],
                None if level.slot.link is None else row[level.slot.link],
                self._writer,
            )
            for level in levels
        )

    def _add(self, down: Path, across: Path, row: Sequence[Any]) -> None:
        totals = self._total(down, across)
        for total, slot in zip(totals, self._plan.aggregate_slots, strict=True):
            total.add(None if slot is None else row[slot])

    def _total(self, down: Path, across: Path) -> list[Total]:
        found = self._totals.get((down, across))
        if found is None:
            found = [Total(aggregate.kind) for aggregate in self._plan.aggregates]
            self._totals[down, across] = found
        return found

    def totals(self, down: Path, across: Path) -> list[Total]:
        """Return the totals of a cell; those of no rows where none belongs to it."""
        empty = [Total(aggregate.kind) for aggregate in self._plan.aggregates]
        return self._totals.get((down, across), empty)

    def rows(self, down: Path, across: Path) -> list[Sequence[Any]]:
        """Return the rows kept of a cell."""
        return self._kept.get((down, across), [])

    def tree_down(self) -> list[Node]:
        """Return the row groups of the first level, sorted, with their own inside."""
        paths = {down for down, across in self._totals if not across}
        return self._tree(self._plan.down, paths, (), "", across=False)

    def tree_across(self) -> list[Node]:
        """Return the column groups likewise."""
        paths = {across for down, across in self._totals if not down}
        return self._tree(self._plan.across, paths, (), "", across=True)

    def _tree(
        self, levels: tuple[Level, ...], paths: set[Path], above: Path, key: str, *, across: bool
    ) -> list[Node]:
        depth = len(above)
        if depth == len(levels):
            return []
        found = [p for p in paths if len(p) == depth + 1 and p[:depth] == above]
        nodes = []
        for number, path in enumerate(self._sorted(levels[depth], found, across=across)):
            node_key = f"{key}_{number}" if key else str(number)
            children = self._tree(levels, paths, path, node_key, across=across)
            nodes.append(Node(path[-1], path, node_key, children))
        return nodes

    def _sorted(self, level: Level, paths: list[Path], *, across: bool) -> list[Path]:
        column, grouping = level.slot.column, level.grouping
        ordered = sorted(paths, key=lambda path: sort_key(column, path[-1]))
        if grouping.sort_aggregate is None:
            return ordered[::-1] if grouping.descending else ordered
        place = [item.name for item in self._plan.aggregates].index(grouping.sort_aggregate)

        def total(path: Path) -> float:
            cell = ((), path) if across else (path, ())
            return self._totals[cell][place].value or 0

        return sorted(ordered, key=total, reverse=grouping.descending)
