"""Where an account's notices are posted."""

from django import forms
from django.core.exceptions import ValidationError

from sync.notices.public_https import LONGEST_URL, UnsafeUrlError, check_url


class WebhookForm(forms.Form):
    """The address of a webhook."""

    url = forms.CharField(
        label="Address",
        max_length=LONGEST_URL,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text="For example https://hooks.example.com/act-on. It has to be https and public.",
    )

    def clean_url(self) -> str:
        """Return the address; refuse one that nothing may be posted to."""
        try:
            return check_url(self.cleaned_data["url"]).url
        except UnsafeUrlError as error:
            raise ValidationError(str(error)) from error
