"""Signing in, forgotten passwords and the second factor."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.cache import cache
from django.test import Client

from acton_connector.accounts.models import User
from tests.factories import PASSWORD, UserFactory

NEW_PASSWORD = "another long enough one"


@pytest.fixture(autouse=True)
def no_earlier_attempts() -> None:
    cache.clear()


@pytest.fixture
def person(db: None) -> User:
    return UserFactory(email="ada@example.com")


def sign_in(client: Client, password: str = PASSWORD, email: str = "ada@example.com") -> str:
    """Send the form; return where it leads, or an empty string."""
    response = client.post("/people/login/", {"login": email, "password": password})
    return response.headers.get("Location", "")


def test_person_signs_in_whatever_the_case_of_the_address(person: User, client: Client) -> None:
    assert sign_in(client, email="ADA@Example.com") == "/"


@pytest.mark.threat("T9")
def test_session_key_changes_when_a_person_signs_in(person: User, client: Client) -> None:
    client.get("/people/login/")
    session = client.session
    session["before"] = True
    session.save()
    sign_in(client)
    assert client.session.session_key != session.session_key


@pytest.mark.threat("T9")
def test_session_ends_when_the_person_is_disabled(person: User, client: Client) -> None:
    sign_in(client)
    assert client.get("/").status_code == 403  # signed in, without an account
    person.is_active = False
    person.save()
    assert client.get("/")["Location"].startswith("/people/login/")


@pytest.mark.threat("T10")
def test_password_is_not_tried_without_end(person: User, client: Client) -> None:
    for _ in range(5):
        assert sign_in(client, "wrong") == ""
    assert sign_in(client, PASSWORD) == ""


def mailed_link() -> str:
    found = re.search(r"https?://[^/]+(/people/password/reset/key/\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


def reset_password(client: Client) -> None:
    client.post("/people/password/reset/", {"email": "ada@example.com"})
    form = client.get(mailed_link())["Location"]
    answers = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(form, answers).status_code == 302


def test_forgotten_password_is_replaced_through_the_mailed_link(
    person: User, client: Client
) -> None:
    reset_password(client)
    assert sign_in(Client()) == ""
    assert sign_in(Client(), NEW_PASSWORD) == "/"


@pytest.mark.threat("T10")
def test_reset_does_not_tell_who_is_known(person: User, client: Client) -> None:
    answers = [
        client.post("/people/password/reset/", {"email": email})["Location"]
        for email in ("ada@example.com", "nobody@example.com")
    ]
    assert answers[0] == answers[1]


@pytest.mark.threat("T10")
def test_second_factor_is_asked_for_after_a_reset(person: User, client: Client) -> None:
    TOTP.activate(person, generate_totp_secret())
    codes = RecoveryCodes.activate(person).get_unused_codes()
    reset_password(client)
    assert sign_in(client, NEW_PASSWORD) == "/people/2fa/authenticate/"
    assert client.get("/")["Location"].startswith("/people/login/")
    assert client.post("/people/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.post("/people/2fa/authenticate/", {"code": codes[0]})["Location"] == "/"
