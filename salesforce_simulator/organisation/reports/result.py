"""A run's results as the Analytics API answers with them."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from salesforce_simulator.organisation.reports.aggregates import Aggregate, Total
from salesforce_simulator.organisation.reports.facts import TOTAL, Facts, Node, Path
from salesforce_simulator.organisation.reports.plan import Plan, Slot
from salesforce_simulator.organisation.reports.values import NOTHING, Writer, whole

_FREE_TEXT = frozenset({"string", "textarea"})


def fact_map(plan: Plan, facts: Facts, writer: Writer, *, details: bool) -> dict[str, Any]:
    """Return `factMap`; without details the cells have no `rows` at all."""
    result = {}
    for down_key, down in _cells(facts.tree_down()):
        for across_key, across in _cells(facts.tree_across()):
            cell: dict[str, Any] = {
                "aggregates": [
                    _total(item, total, writer)
                    for item, total in zip(plan.aggregates, facts.totals(down, across), strict=True)
                ]
            }
            if details:
                rows = facts.rows(down, across)
                cell["rows"] = [{"dataCells": data_cells(plan, row, writer)} for row in rows]
            result[f"{down_key}!{across_key}"] = cell
    return result


def _cells(nodes: list[Node]) -> Iterator[tuple[str, Path]]:
    """Yield key and path of every group of a tree, and of the total of all."""
    for top in nodes:
        for node in top.all():
            yield node.key, node.path
    yield TOTAL, ()


def _total(aggregate: Aggregate, total: Total, writer: Writer) -> dict[str, Any]:
    value = total.value
    if value is None:
        return {"label": NOTHING, "value": None}
    return {"label": writer.number(aggregate.field, value), "value": whole(value)}


def data_cells(plan: Plan, row: Sequence[Any], writer: Writer) -> list[dict[str, Any]]:
    """Return the cells of a row in the order of the detail columns."""
    return [_cell(slot, row, writer) for slot in plan.details]


def _cell(slot: Slot, row: Sequence[Any], writer: Writer) -> dict[str, Any]:
    """Return one cell; one that leads to a record has that record's id as its value.

    Free text brings its label once more, fit for HTML; recorded runs have it so.
    """
    column = slot.column
    cell = writer.cell(column.field, row[slot.value], day=column.day)
    if slot.link is None:
        if column.field.type in _FREE_TEXT:
            cell["escapedLabel"] = escape(cell["label"])
    elif cell["value"] is not None:
        cell["value"] = row[slot.link]
    return cell


def groupings(nodes: list[Node]) -> list[dict[str, Any]]:
    """Return groups as `groupingsDown` and `groupingsAcross` list them."""
    return [
        {
            "groupings": groupings(node.children),
            "key": node.key,
            "label": node.group.label,
            "value": node.group.value,
        }
        for node in nodes
    ]
