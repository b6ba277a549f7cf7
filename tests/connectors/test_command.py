import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from connectors.models import Connection
from tests.connectors.soap import data_calls, logins

ROOT = Path(__file__).resolve().parents[2]


def run(org, monkeypatch, *, secrets=None, stdin="", login_url=None, slug="example"):
    for name in ("SALESFORCE_PASSWORD", "SALESFORCE_SECURITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (secrets or {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    out = io.StringIO()
    call_command(
        "salesforce_connect",
        account=slug,
        login_url=login_url or org.url,
        username=org.username,
        stdout=out,
    )
    return out.getvalue()


def secrets_of(org, **changes):
    return {
        "SALESFORCE_PASSWORD": org.password,
        "SALESFORCE_SECURITY_TOKEN": org.security_token,
        **changes,
    }


def test_command_connects_when_the_environment_holds_the_secrets(account, org, monkeypatch):
    said = run(org, monkeypatch, secrets=secrets_of(org))

    assert Connection.objects.get().organization_id == org.organization_id
    assert f"({Connection.objects.get().edition}, {org.organization_id})" in said
    assert org.password not in said


def test_command_connects_when_standard_input_holds_the_secrets(account, org, monkeypatch):
    run(org, monkeypatch, stdin=f"{org.password}\n{org.security_token}\n")

    assert Connection.objects.get().security_token == org.security_token


@pytest.mark.fault("F4")
def test_command_tells_reason_and_advice_when_the_password_is_wrong(account, org, monkeypatch):
    with pytest.raises(CommandError) as refusal:
        run(org, monkeypatch, secrets=secrets_of(org, SALESFORCE_PASSWORD="wrong-password"))

    assert "Invalid username, password, security token" in str(refusal.value)
    assert "INVALID_LOGIN" in str(refusal.value)
    assert "wrong-password" not in str(refusal.value)
    assert len(logins(org)) == 1
    assert not Connection.objects.exists()


@pytest.mark.threat("T13")
def test_command_refuses_a_foreign_address_before_it_reads_the_password(account, org, monkeypatch):
    with pytest.raises(CommandError, match="not a Salesforce host"):
        run(org, monkeypatch, stdin="secret\ntoken\n", login_url="https://evil.invalid")

    assert sys.stdin.read() == "secret\ntoken\n"
    assert data_calls(org) == []


def test_command_names_the_account_when_there_is_none(account, org, monkeypatch):
    with pytest.raises(CommandError, match="There is no account 'nobody'"):
        run(org, monkeypatch, slug="nobody")


@pytest.mark.threat("T23")
def test_command_takes_no_secret_as_an_argument():
    answer = subprocess.run(
        [
            sys.executable, "manage.py", "salesforce_connect", "--account", "a",
            "--login-url", "test.salesforce.com", "--username", "u", "--password", "secret",
        ],
        cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert answer.returncode != 0
    assert "unrecognized arguments: --password" in answer.stderr
