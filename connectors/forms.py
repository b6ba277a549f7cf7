"""The form that asks for a Salesforce log-in."""

from typing import Any

from django import forms

from connectors.network import allowed_hosts
from connectors.salesforce import HostError, check_host
from connectors.sessions import Credentials

PRODUCTION, SANDBOX, MY_DOMAIN = "login.salesforce.com", "test.salesforce.com", "my_domain"
ADDRESSES = [
    (PRODUCTION, "Production (login.salesforce.com)"),
    (SANDBOX, "Sandbox (test.salesforce.com)"),
    (MY_DOMAIN, "My Domain"),
]


class CredentialsForm(forms.Form):
    """Where and as whom to log in; the security token has a field of its own."""

    login_address = forms.ChoiceField(
        choices=ADDRESSES,
        initial=PRODUCTION,
        help_text="Where you log in to Salesforce yourself. My Domain works for both kinds.",
    )
    my_domain = forms.CharField(
        required=False,
        max_length=255,
        label="My Domain address",
        help_text="For My Domain alone, for example acme.my.salesforce.com.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    username = forms.CharField(
        max_length=255,
        label="User name",
        help_text="Looks like an e-mail address.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = forms.CharField(
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    security_token = forms.CharField(
        required=False,
        max_length=200,
        help_text="We put it behind the password for you, without a space.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    @classmethod
    def initial_for(cls, login_host: str, username: str) -> dict[str, str]:
        """Return the initial values that show a stored connection; secrets are never shown."""
        if login_host in (PRODUCTION, SANDBOX):
            return {"login_address": login_host, "username": username}
        return {"login_address": MY_DOMAIN, "my_domain": login_host, "username": username}

    def clean(self) -> dict[str, Any]:
        """Find the login host; an address that is not Salesforce's is an error of the form."""
        cleaned: dict[str, Any] = super().clean() or {}
        address, my_domain = cleaned.get("login_address"), cleaned.get("my_domain", "")
        if address == MY_DOMAIN:
            try:
                cleaned["login_host"] = check_host(my_domain, allowed_hosts())
            except HostError as error:
                self.add_error("my_domain", f"{error.message} {error.advice}")
        elif my_domain:
            # A password is never sent to another address than the person may have meant.
            self.add_error("my_domain", "Choose “My Domain” above, or leave this empty.")
        else:
            cleaned["login_host"] = address
        return cleaned

    def credentials(self) -> Credentials:
        """Return what a valid form says."""
        return Credentials(
            login_host=self.cleaned_data["login_host"],
            username=self.cleaned_data["username"],
            password=self.cleaned_data["password"],
            security_token=self.cleaned_data["security_token"],
        )
