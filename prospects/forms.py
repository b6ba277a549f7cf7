"""What is asked of the people's page."""

from django import forms
from django.core.exceptions import ValidationError

from lists.emails import LONGEST_EMAIL, normalise_email


class PeopleForm(forms.Form):
    """The beginning of an address, and the address behind which the page starts."""

    q = forms.CharField(
        required=False,
        max_length=LONGEST_EMAIL,
        label="E-mail address begins with",
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    after = forms.CharField(required=False, max_length=LONGEST_EMAIL, strip=False)

    def clean_q(self) -> str:
        """Spell the text as addresses are spelt."""
        text = str(self.cleaned_data["q"])
        start = normalise_email(text)
        if text and not start:
            # Lower case can be longer than upper case.
            raise ValidationError("No address is as long as this.")
        return start
