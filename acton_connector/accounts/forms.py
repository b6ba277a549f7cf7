"""Forms for people and accounts."""

import zoneinfo

from django import forms
from django.contrib.auth.password_validation import validate_password

from acton_connector.accounts.models import Role


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

    name = forms.CharField(max_length=200, label="Your name")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        validators=[validate_password],
        help_text="At least 12 characters.",
    )
