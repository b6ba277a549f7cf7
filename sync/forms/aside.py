"""What a person decides about a column that is set aside."""

from typing import Any

from django import forms
from django.db import models

from acton_connector.accounts.models import User
from lists.models import ListColumn
from sync.setup import aside


class Decision(models.TextChoices):
    """What becomes of the column."""

    USE_FIELD = "use_field", "Use that field"
    ACCEPT_TYPE = "accept_type", "Accept the new type"
    LEAVE_ASIDE = "leave_aside", "Leave it aside"


SAID = {
    Decision.USE_FIELD: "“{}” now comes from {}. The next sync reads all its values.",
    Decision.ACCEPT_TYPE: "“{}” has the new type. The next sync reads all its values.",
    Decision.LEAVE_ASIDE: "“{}” stays aside with its values. It goes on when its field is back.",
}


class AsideForm(forms.Form):
    """One of the decisions; `field` is the one to use instead."""

    decision = forms.ChoiceField(choices=Decision.choices)
    field = forms.CharField(max_length=255, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the field to use."""
        values = super().clean() or self.cleaned_data
        if values.get("decision") == Decision.USE_FIELD and not values.get("field"):
            self.add_error("field", "Choose the field first.")
        return values

    def decide(self, *, column: ListColumn, actor: User) -> str:
        """Carry the decision out and return what to tell; raises SyncError."""
        decision, field = Decision(self.cleaned_data["decision"]), self.cleaned_data["field"]
        if decision == Decision.USE_FIELD:
            aside.use_field(column=column, field=field, actor=actor)
        elif decision == Decision.ACCEPT_TYPE:
            aside.accept_type(column=column, actor=actor)
        else:
            aside.leave_aside(column=column, actor=actor)
        return SAID[decision].format(column.name, field)
