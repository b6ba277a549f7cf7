"""The forms of folders, lists and cells."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from connectors.models import SalesforceField
from lists.grid import CHANGED, EMAIL, EVERY_COLUMN, NEW, SEARCHABLE_RECORDS, GridQuery
from lists.models import Folder, ListColumn, MarketingList

LONGEST_SEARCH = 200


class FolderForm(forms.Form):
    """A folder's name."""

    name = forms.CharField(max_length=Folder._meta.get_field("name").max_length)


class ListNameForm(forms.Form):
    """A list's name."""

    name = forms.CharField(max_length=MarketingList._meta.get_field("name").max_length)


class MoveListForm(forms.Form):
    """The folder that a list is to stand in."""

    folder = forms.ModelChoiceField(Folder.objects.unscoped().none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].queryset = Folder.objects.all()  # type: ignore[attr-defined]  # a ModelChoiceField's


class DeleteListForm(forms.Form):
    """The list's name, typed by whoever wants it gone."""

    name = forms.CharField(
        label="Name of the list",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, marketing_list: MarketingList, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.marketing_list = marketing_list
        self.fields["name"].help_text = f"Type “{marketing_list}” to confirm."

    def clean_name(self) -> str:
        """Compare with the list's name."""
        name = str(self.cleaned_data["name"])
        if name != self.marketing_list.name:
            raise ValidationError("This is not the name of the list.")
        return name


class GridForm(forms.Form):
    """What is searched for in a list."""

    q = forms.CharField(
        required=False,
        max_length=LONGEST_SEARCH,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    search_in = forms.ChoiceField(required=False, label="In", choices=[])
    show = forms.ChoiceField(
        required=False,
        choices=[("", "All records"), (CHANGED, "Changed here"), (NEW, "New here")],
    )

    def __init__(
        self, *args: Any, columns: Iterable[ListColumn], record_count: int, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.columns = {column.key: column for column in columns}
        self.searches_every_column = record_count <= SEARCHABLE_RECORDS
        every_column = [(EVERY_COLUMN, "All columns")] if self.searches_every_column else []
        self.fields["search_in"].choices = [  # type: ignore[attr-defined]  # a ChoiceField's
            (EMAIL, "E-mail begins with"),
            *every_column,
            *((column.key, column.name) for column in self.columns.values()),
        ]

    def to_query(self, sort: str) -> GridQuery:
        """Return what is asked for; a part that makes no sense counts as not asked."""
        asked = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return GridQuery(
            search=asked.get("q", ""),
            search_in=asked.get("search_in") or EMAIL,
            show=asked.get("show", ""),
            sort=sort if sort.removeprefix("-") in {EMAIL, *self.columns} else EMAIL,
        )


class CellForm(forms.Form):
    """One value, in the widget that suits its column's type; the service says what is allowed."""

    value = forms.CharField(required=False)

    def __init__(
        self, *args: Any, column: ListColumn, field: SalesforceField | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        value = self.fields["value"]
        value.label = column.name
        value.widget = _make_widget(column, field, str(self.initial.get("value") or ""))
        value.widget.attrs |= {"autofocus": True, "autocomplete": "off"}


def _make_widget(column: ListColumn, field: SalesforceField | None, present: str) -> forms.Widget:
    if column.data_type == "boolean":
        return forms.Select(choices=[("false", "false"), ("true", "true")])
    if column.data_type == "picklist" and field and field.picklist_values:
        # A value that Salesforce no longer offers may stand in a record all the same.
        values = dict.fromkeys(["", present, *field.picklist_values])
        return forms.Select(choices=[(each, each or "-") for each in values])
    if column.data_type == "textarea" or "\n" in present:
        return forms.Textarea(attrs={"rows": 3})
    return forms.TextInput(attrs={"spellcheck": "false"})
