"""Choices that wait: a field that is away cannot be ticked, and must not be unticked by that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from connectors.selectors import list_fields
from lists.models import ListColumn
from lists.records import MergeRule
from sync.models import Direction, SyncJob, SyncJobField

if TYPE_CHECKING:
    from sync.setup.saving import SyncSetup


def keep_choices(job: SyncJob, setup: SyncSetup) -> SyncSetup:
    """Return the set-up with what is chosen already of fields that no page can offer now."""
    away = {
        direction: _choices(job, direction).filter(column__in=_list_away(job, direction))
        for direction in Direction
    }
    pushed = {each.column_id: each for each in away[Direction.PUSH]}
    pulled = {each.column_id: each for each in away[Direction.PULL]}
    clearing = {pk for pk, each in pushed.items() if each.clears_field}
    rules = {pk: MergeRule(each.rule) for pk, each in pulled.items()}
    ruled = {pk: rule for pk, rule in rules.items() if rule != MergeRule.SALESFORCE}
    return replace(
        setup,
        push_column_ids=setup.push_column_ids | pushed.keys(),
        clearing_column_ids=setup.clearing_column_ids | clearing,
        pull_column_ids=setup.pull_column_ids | pulled.keys(),
        pull_rules={**setup.pull_rules, **ruled},
    )


def _choices(job: SyncJob, direction: Direction) -> QuerySet[SyncJobField]:
    return SyncJobField.objects.filter(job=job, direction=direction)


def _list_away(job: SyncJob, direction: Direction) -> list[ListColumn]:
    """Return the columns whose field is set aside, or was not described any more."""
    described = {field.name: field for field in list_fields(job.list.sobject_type)}
    if not described:
        return []
    return [
        column
        for column in job.list.columns.exclude(salesforce_field="")
        if column.aside_reason
        or (field := described.get(column.salesforce_field)) is None
        or (direction == Direction.PUSH and not field.is_updateable)
    ]
