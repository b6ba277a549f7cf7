"""The forms that ask for a Salesforce log-in, or for an app that people log in through."""

from typing import Any

from django import forms

from connectors.credentials import Credentials
from connectors.models import Connection
from connectors.network import allowed_hosts
from connectors.salesforce import ClientApp, HostError, check_host

PRODUCTION, SANDBOX, MY_DOMAIN = "login.salesforce.com", "test.salesforce.com", "my_domain"
ADDRESSES = [
    (PRODUCTION, "Production (login.salesforce.com)"),
    (SANDBOX, "Sandbox (test.salesforce.com)"),
    (MY_DOMAIN, "My Domain"),
]


class AddressForm(forms.Form):
    """Where people log in to Salesforce: `cleaned_data["login_host"]` of a valid form."""

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

    @classmethod
    def initial_address(cls, login_host: str) -> dict[str, str]:
        """Return the initial values that show a stored address."""
        if login_host in (PRODUCTION, SANDBOX):
            return {"login_address": login_host}
        return {"login_address": MY_DOMAIN, "my_domain": login_host}

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
            # A secret is never sent to another address than the person may have meant.
            self.add_error("my_domain", "Choose “My Domain” above, or leave this empty.")
        else:
            cleaned["login_host"] = address
        return cleaned


class CredentialsForm(AddressForm):
    """Where and as whom to log in; the security token has a field of its own."""

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
        return {**cls.initial_address(login_host), "username": username}

    def credentials(self) -> Credentials:
        """Return what a valid form says."""
        return Credentials(
            login_host=self.cleaned_data["login_host"],
            username=self.cleaned_data["username"],
            password=self.cleaned_data["password"],
            security_token=self.cleaned_data["security_token"],
        )


class AppForm(AddressForm):
    """An External Client App, and where its users log in."""

    consumer_key = forms.CharField(
        max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    consumer_secret = forms.CharField(
        required=False,
        max_length=255,
        help_text="May stay empty where the app does not require a secret.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    @classmethod
    def initial_for(cls, connection: Connection | None) -> dict[str, str]:
        """Return the initial values that show a stored app; the secret is never shown."""
        if connection is None:
            return {}
        return {
            **cls.initial_address(connection.login_host),
            "consumer_key": connection.consumer_key,
        }

    def app(self) -> ClientApp:
        """Return what a valid form says."""
        return ClientApp(
            login_host=self.cleaned_data["login_host"],
            consumer_key=self.cleaned_data["consumer_key"],
            consumer_secret=self.cleaned_data["consumer_secret"],
        )
