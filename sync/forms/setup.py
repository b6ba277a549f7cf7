"""Sync Setup: both halves, their fields and the schedule, saved as one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms

from acton_connector.kit import FieldGroup
from lists.models import ListKind, MarketingList
from lists.records import MergeRule
from sync.forms.pickers import ColumnChoice, group_columns
from sync.forms.rules import add_selects, make_rule_fields, read_rules
from sync.forms.schedule import ScheduleForm
from sync.models import Direction, DuplicateAction, PersonKind, SyncJob
from sync.setup.files import has_linked_records
from sync.setup.saving import SyncSetup

PICKERS = {
    "push_columns": Direction.PUSH,
    "clearing_columns": Direction.PUSH,
    "pull_columns": Direction.PULL,
}
PUSH_FIELDS = (
    "push_add",
    "push_update",
    "push_columns",
    "clearing_columns",
    "use_assignment_rule",
    "duplicates",
)
# What the form shows of the job as it stands in its row.
COPIED = (
    "push_add",
    "push_update",
    "use_assignment_rule",
    "duplicates",
    "pull_add",
    "pull_update",
    "remove_missing",
)


class SyncSetupForm(ScheduleForm):
    """What goes to Salesforce, what comes from it, and when.

    Nothing is selected until a person selects it (S71, S75). The form keeps what was sent, so that
    a refusal loses nothing of it.
    """

    push_add = forms.BooleanField(label="Add new records to Salesforce", required=False)
    push_add_as = forms.ChoiceField(
        label="Add people whom Salesforce does not know as",
        choices=PersonKind.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    push_update = forms.BooleanField(label="Update existing records in Salesforce", required=False)
    push_columns = forms.MultipleChoiceField(label="Select Push-Update Fields", required=False)
    clearing_columns = forms.MultipleChoiceField(label="Fields that a blank clears", required=False)
    use_assignment_rule = forms.BooleanField(
        label="Let the active assignment rule of Salesforce choose the owner of new leads",
        required=False,
    )
    duplicates = forms.ChoiceField(
        label="When a duplicate rule of Salesforce refuses a record",
        choices=DuplicateAction.choices,
        widget=forms.RadioSelect,
        required=False,
    )

    pull_add = forms.BooleanField(label="Add new records to the list", required=False)
    pull_update = forms.BooleanField(label="Update existing records in the list", required=False)
    pull_columns = forms.MultipleChoiceField(label="Select Pull-Update Fields", required=False)
    remove_missing = forms.BooleanField(
        label="Remove records from the list when not found in Salesforce", required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        job: SyncJob,
        columns: Sequence[ColumnChoice],
        selected: dict[Direction, Collection[int]],
        clearing: Collection[int],
        rules: Mapping[int, MergeRule],
    ) -> None:
        initial: dict[str, Any] = {name: getattr(job, name) for name in COPIED}
        initial["push_add_as"] = job.push_add_as or PersonKind.LEAD
        for direction, ids in selected.items():
            initial[f"{direction}_columns"] = [
                choice.key for choice in columns if choice.column.pk in ids
            ]
        initial["clearing_columns"] = [
            choice.key for choice in columns if choice.column.pk in clearing
        ]
        super().__init__(data, job=job, initial=initial)
        self._columns = columns
        self._drop_what_the_list_has_not(job.list)
        self.fields |= make_rule_fields(columns, job.list, rules)
        for name, direction in PICKERS.items():
            if name not in self.fields:
                continue
            field = cast("forms.MultipleChoiceField", self.fields[name])
            field.choices = [
                (choice.key, choice.column.name)
                for choice in columns
                if not choice.find_obstacle(direction)
            ]

    def _drop_what_the_list_has_not(self, marketing_list: MarketingList) -> None:
        """Offer no push of a list that is only read, and no choice of a report's columns.

        Nobody comes into the list of a file, and it is push only until a record is linked.
        """
        is_campaign = marketing_list.kind == ListKind.CAMPAIGN
        if marketing_list.is_read_only:
            for name in PUSH_FIELDS:
                del self.fields[name]
        elif not (marketing_list.sobject_type == PersonKind.LEAD or is_campaign):
            del self.fields["use_assignment_rule"]
        if not is_campaign:
            del self.fields["push_add_as"]
        if marketing_list.kind == ListKind.REPORT:
            del self.fields["pull_columns"]
        if marketing_list.is_from_file:
            del self.fields["pull_add"], self.fields["remove_missing"]
            if not has_linked_records(marketing_list):
                del self.fields["pull_update"], self.fields["pull_columns"]

    @property
    def push_groups(self) -> list[FieldGroup]:
        """The picker of push-update fields."""
        return self._groups("push_columns")

    @property
    def clearing_groups(self) -> list[FieldGroup]:
        """The picker of fields that a blank clears."""
        free = [each for each in self._columns if not each.find_obstacle(Direction.PUSH)]
        chosen = self["clearing_columns"].value() or ()
        return group_columns(free, direction=Direction.PUSH, chosen=chosen)

    @property
    def pull_groups(self) -> list[FieldGroup]:
        """The picker of pull-update fields."""
        return add_selects(self, self._groups("pull_columns"))

    def _groups(self, name: str) -> list[FieldGroup]:
        chosen = self[name].value() or ()
        return group_columns(self._columns, direction=PICKERS[name], chosen=chosen)

    def to_setup(self, today: date) -> SyncSetup:
        """Return what was filled in, on the day `today` of the account; the form is valid."""
        values = self.cleaned_data
        return SyncSetup(
            push_add=values.get("push_add", False),
            push_add_as=values.get("push_add_as", "") if values.get("push_add") else "",
            push_update=values.get("push_update", False),
            push_column_ids=self._chosen_ids("push_columns"),
            clearing_column_ids=self._chosen_ids("clearing_columns"),
            use_assignment_rule=values.get("use_assignment_rule", False),
            duplicates=DuplicateAction(values.get("duplicates") or DuplicateAction.SET_ASIDE),
            pull_add=values.get("pull_add", False),
            pull_update=values.get("pull_update", False),
            pull_column_ids=self._chosen_ids("pull_columns"),
            pull_rules=read_rules(self._chosen("pull_columns"), values),
            remove_missing=values.get("remove_missing", False),
            schedule=self.make_schedule(today),
        )

    def _chosen_ids(self, name: str) -> frozenset[int]:
        return frozenset(choice.column.pk for choice in self._chosen(name))

    def _chosen(self, name: str) -> list[ColumnChoice]:
        chosen = set(self.cleaned_data.get(name, ()))
        return [
            choice
            for choice in self._columns
            if choice.key in chosen and not (name == "push_columns" and choice.is_always_pushed)
        ]
