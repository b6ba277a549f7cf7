"""The rule of each pull-update field: whose value is taken where both sides changed it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django import forms

from acton_connector.kit import FieldGroup, FieldSelect
from lists.models import MarketingList
from lists.records import MergeRule
from sync.forms.pickers import ColumnChoice
from sync.models import Direction
from sync.setup.rules import RULE_LABELS, list_rules


def make_rule_fields(
    columns: Iterable[ColumnChoice], marketing_list: MarketingList, chosen: Mapping[int, MergeRule]
) -> dict[str, forms.Field]:
    """Return a form field for each column that can be pulled; none where there is no choice."""
    rules = list_rules(marketing_list)
    if len(rules) == 1:
        return {}
    return {
        name_of(column): forms.ChoiceField(
            label=f"When both sides changed {column.column.name}",
            choices=[(rule.value, RULE_LABELS[rule]) for rule in rules],
            initial=chosen.get(column.column.pk, MergeRule.SALESFORCE).value,
            required=False,
        )
        for column in columns
        if not column.find_obstacle(Direction.PULL)
    }


def add_selects(form: forms.Form, groups: Sequence[FieldGroup]) -> list[FieldGroup]:
    """Return the groups of a picker with the form's rule beside each column that has one."""
    selects = {each.name: _make_select(each) for each in form if each.name.startswith(PREFIX)}
    return [
        replace(
            group,
            options=[
                replace(option, select=selects.get(PREFIX + option.value))
                for option in group.options
            ],
        )
        for group in groups
    ]


def read_rules(columns: Iterable[ColumnChoice], values: Mapping[str, str]) -> dict[int, MergeRule]:
    """Return the rules that were chosen, as far as they are not the first one."""
    found = {column.column.pk: values.get(name_of(column)) for column in columns}
    return {pk: MergeRule(rule) for pk, rule in found.items() if rule not in NOTHING_CHOSEN}


PREFIX = "rule-"
NOTHING_CHOSEN = (None, "", MergeRule.SALESFORCE.value)


def name_of(column: ColumnChoice) -> str:
    """Return what the form calls the rule of a column."""
    return PREFIX + column.key


def _make_select(bound: forms.BoundField) -> FieldSelect:
    return FieldSelect(
        name=bound.name,
        label=str(bound.label),
        choices=bound.field.choices,  # type: ignore[attr-defined]  # a ChoiceField's
        chosen=bound.value() or MergeRule.SALESFORCE.value,
        errors=[str(error) for error in bound.errors],
    )
