"""Forms for people and accounts."""

import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from acton_connector.accounts.models import Role, User


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.MARKETER)


class RoleForm(forms.Form):
    """A member's role."""

    role = forms.ChoiceField(choices=Role.choices)


class TimeZoneForm(forms.Form):
    """The zone that schedules and times are told in."""

    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())]
    )


class NewPersonForm(forms.Form):
    """Name and password of somebody who was invited."""

    name = forms.CharField(
        max_length=200, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters, not one of the common passwords, not your address.",
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_password(self) -> str:
        """Return the password; refuse a weak one, or one that is like the address."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password
