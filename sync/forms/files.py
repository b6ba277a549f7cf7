"""A CSV file as a list: its name, then what its columns are in Salesforce."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from connectors.fields import FieldChoice
from lists.models import ListColumn, SystemUsage
from lists.uploads.forms import UploadForm
from sync.forms.imports import NameForm
from sync.models import PersonKind
from sync.setup.files import EMAIL_FIELD

NOT_SENT = [("", "Not sent to Salesforce")]


class FileImportForm(NameForm, UploadForm):
    """A new list's name, and the file that it is made of."""

    field_order = ("name", "file")


class ObjectForm(forms.Form):
    """What the people of a file become."""

    object = forms.ChoiceField(
        label="The people of this list become", choices=PersonKind.choices, widget=forms.RadioSelect
    )


class MappingForm(forms.Form):
    """Which field of Salesforce each column of a file fills; the e-mail column has its own."""

    def __init__(
        self,
        data: Any = None,
        *,
        columns: Sequence[ListColumn],
        fields: Sequence[FieldChoice],
        proposed: Mapping[int, str],
    ) -> None:
        super().__init__(data)
        choices = [(field.name, _label(field)) for field in fields]
        for column in columns:
            is_email = column.system_usage == SystemUsage.EMAIL
            mine = [choice for choice in choices if choice[0] == EMAIL_FIELD] if is_email else []
            self.fields[_name(column)] = forms.ChoiceField(
                label=column.name,
                choices=mine or [*NOT_SENT, *choices],
                required=False,
                initial=proposed.get(column.pk, ""),
            )
        self._columns = columns

    def to_mapping(self) -> dict[int, str]:
        """Return the chosen fields by the columns' ids; the form is valid."""
        return {column.pk: self.cleaned_data[_name(column)] for column in self._columns}


def _label(field: FieldChoice) -> str:
    return field.label if field.label == field.name else f"{field.label} ({field.name})"


def _name(column: ListColumn) -> str:
    return f"column_{column.pk}"
