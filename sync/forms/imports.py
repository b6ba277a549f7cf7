"""The steps of an import: the source, then the list's name and its columns."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from django import forms

from acton_connector.kit import FieldGroup
from connectors.fields import FieldChoice
from lists.models import ListKind, MarketingList
from sync.forms.pickers import group_fields

OBJECT_SOURCES = (ListKind.LEADS, ListKind.CONTACTS)
CHOSEN_SOURCES = (ListKind.CAMPAIGN, ListKind.REPORT)
SOURCES = (*OBJECT_SOURCES, *CHOSEN_SOURCES, ListKind.FILE)
LONGEST_SUGGESTION = 190
EMAIL_FIELD = "Email"
# Text that nearly every list wants; a contact's company is a lookup and stays a person's choice.
USUAL_FIELDS = (EMAIL_FIELD, "FirstName", "LastName", "Company", "Title", "Phone")


class SourceForm(forms.Form):
    """Where a new list comes from."""

    source = forms.ChoiceField(
        label="What do you want to import?",
        choices=[(kind.value, kind.label) for kind in SOURCES],
        widget=forms.RadioSelect,
        initial=ListKind.LEADS,
    )


class SourceSearchForm(forms.Form):
    """What the name of the campaign or the report holds."""

    q = forms.CharField(label="Search by name", max_length=200, required=False)


class NameForm(forms.Form):
    """A new list's name."""

    name = forms.CharField(label="List name", max_length=200)

    def clean_name(self) -> str:
        """Refuse a name that another list of the account has."""
        name: str = self.cleaned_data["name"]
        if MarketingList.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError("Another list has this name already.")
        return name


class ListImportForm(NameForm):
    """A new list's name and the fields that become its columns; Email always is one."""

    columns = forms.MultipleChoiceField(
        label="Fields as columns", error_messages={"required": "Select at least one field."}
    )

    def __init__(self, data: Any = None, *, kind: ListKind, choices: Sequence[FieldChoice]) -> None:
        usual = [choice.name for choice in choices if choice.name in USUAL_FIELDS]
        super().__init__(data, initial={"name": suggest_name(kind.label), "columns": usual})
        self._choices = choices
        _set_choices(self.fields["columns"], choices)

    @property
    def groups(self) -> list[FieldGroup]:
        """The picker, as it was sent or as it is suggested."""
        chosen = {*(self["columns"].value() or ()), EMAIL_FIELD}
        return group_fields(self._choices, chosen=chosen, locked={EMAIL_FIELD: "Always a column"})


class AddColumnsForm(forms.Form):
    """More fields for a list that was imported; those that are columns already stay (S55, S77)."""

    columns = forms.MultipleChoiceField(label="Fields as columns", required=False)

    def __init__(
        self, data: Any = None, *, choices: Sequence[FieldChoice], present: Collection[str]
    ) -> None:
        super().__init__(data)
        self._choices, self._present = choices, frozenset(present)
        _set_choices(self.fields["columns"], choices)

    def clean_columns(self) -> list[str]:
        """Return what is new, at least one field."""
        new = [name for name in self.cleaned_data["columns"] if name not in self._present]
        if not new:
            raise forms.ValidationError("Tick the fields that you want to add.")
        return new

    @property
    def groups(self) -> list[FieldGroup]:
        """The picker: what is a column already is ticked and stays."""
        return group_fields(
            self._choices,
            chosen=self._present | frozenset(self["columns"].value() or ()),
            locked=dict.fromkeys(self._present, "Is a column already"),
        )


def _set_choices(field: forms.Field, choices: Sequence[FieldChoice]) -> None:
    cast("forms.MultipleChoiceField", field).choices = [
        (choice.name, choice.label) for choice in choices
    ]


def suggest_name(source: str) -> str:
    """Return the source's name, with a number where a list has that name already."""
    source = source[:LONGEST_SUGGESTION]
    taken = {
        name.lower()
        for name in MarketingList.objects.filter(name__istartswith=source).values_list(
            "name", flat=True
        )
    }
    name, number = source, 1
    while name.lower() in taken:
        number += 1
        name = f"{source} {number}"
    return name
