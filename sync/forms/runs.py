"""What a person writes before something that is not taken back."""

from typing import Any

from django import forms

from sync.models import SyncRun


class OverrideForm(forms.Form):
    """Why an administrator starts a sync inside the interval."""

    reason = forms.CharField(
        label="Reason",
        max_length=SyncRun._meta.get_field("override_reason").max_length,
        help_text="The audit log keeps it.",
    )


class ReleaseRemovalsForm(forms.Form):
    """The number of held removals, typed by the person who releases them."""

    confirmation = forms.IntegerField(
        label="Type the number of records to confirm",
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, run: SyncRun) -> None:
        super().__init__(data)
        self._run = run

    def clean_confirmation(self) -> int:
        """Refuse any other number."""
        number: int = self.cleaned_data["confirmation"]
        if number != self._run.removals_held:
            raise forms.ValidationError(
                f"That is not the number of records: it is {self._run.removals_held:,}."
            )
        return number
