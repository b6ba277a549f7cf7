"""No secret is written anywhere but into its encrypted column (T23)."""

import logging
import sys

import pytest
from django.core.signals import got_request_exception
from django.db import connection as database
from django.urls import reverse
from django.views.debug import ExceptionReporter

from acton_connector.accounts.models import AuditEvent
from connectors import services
from connectors.clients import open_client
from connectors.models import AuthorizationRequest
from connectors.salesforce import AuthenticationError
from connectors.selectors import find_connection
from tests.connectors.oauth_way import fill, way_out
from tests.oauth_kit import allow, revocations

CANARY = "canary-7f3a"


@pytest.fixture
def everything_logged(caplog):
    """All that any logger says, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    return caplog


def dump_tables():
    """Return every row of every table that this app and the audit log write, as text."""
    text = []
    with database.cursor() as cursor:
        for table in ("connectors_connection", "connectors_apiusage", "accounts_auditevent"):
            cursor.execute(f"SELECT * FROM {table}")
            text.extend(map(str, cursor.fetchall()))
    return "\n".join(text)


@pytest.mark.threat("T23")
def test_wrong_secrets_are_in_no_log_page_or_row(
    account, administrator, org, client_of, everything_logged, capfd
):
    page = client_of(administrator).post(
        reverse("salesforce_connect", args=["example"]),
        {
            "login_address": "my_domain",
            "my_domain": org.host,
            "username": org.username,
            "password": f"{CANARY}-password",
            "security_token": f"{CANARY}-token",
        },
    )

    assert "Invalid username, password" in page.content.decode()
    assert everything_logged.records
    said = capfd.readouterr()
    for place in (page.content.decode(), everything_logged.text, said.out, said.err, dump_tables()):
        assert CANARY not in place


@pytest.mark.threat("T23")
def test_working_secrets_are_in_no_log_page_or_row_while_they_are_used(
    connected, administrator, org, client_of, everything_logged, capfd
):
    secrets = {org.password, org.security_token, connected.session_id}
    with open_client(connected) as client:
        org.expire_sessions()
        client.get("limits")
        client.get("query", {"q": "SELECT Id FROM Lead LIMIT 1"})
    secrets.add(find_connection().session_id)
    services.test_connection(connection=connected, actor=administrator)
    secrets.add(find_connection().session_id)
    page = client_of(administrator).get(reverse("salesforce_connection", args=["example"]))
    services.disconnect(connection=find_connection(), actor=administrator)

    assert AuditEvent.objects.count() >= 3
    assert any("urllib3" in record.name for record in everything_logged.records)
    said = capfd.readouterr()
    for place in (page.content.decode(), everything_logged.text, said.out, said.err, dump_tables()):
        assert not [secret for secret in secrets if secret in place]


@pytest.mark.threat("T23")
def test_error_report_hides_the_secrets_when_storing_them_fails(
    account, administrator, org, client_of
):
    """Django's report of an error lists the variables of each function, and the form."""
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE connectors_apiusage RENAME TO connectors_away")
    client = client_of(administrator)
    client.raise_request_exception = False
    reports = []

    def report(sender, request, **_kwargs):
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    got_request_exception.connect(report)
    try:
        form = {
            "login_address": "my_domain",
            "my_domain": org.host,
            "username": org.username,
            "password": org.password,
            "security_token": org.security_token,
        }
        answer = client.post(reverse("salesforce_connect", args=["example"]), form)
    finally:
        got_request_exception.disconnect(report)

    assert answer.status_code == 500
    (text,) = reports
    assert "connectors_apiusage" in text
    for secret in (org.password, org.security_token):
        assert secret not in text
        assert secret not in answer.content.decode()


def test_errors_of_a_login_print_without_the_secrets(account, org, credentials):
    wrong = type(credentials)(org.host, org.username, f"{CANARY}-password", f"{CANARY}-token")

    with pytest.raises(AuthenticationError) as refusal:
        services.connect(account=account, credentials=wrong, actor=None)

    assert CANARY not in repr(refusal.value)
    assert CANARY not in str(refusal.value.__cause__)


@pytest.mark.threat("T23", "T5")
def test_secrets_of_an_app_are_in_no_log_page_or_row_on_the_whole_way(
    account, administrator, app, org, client_of, everything_logged, capfd
):
    client = client_of(administrator)
    leaving = client.post(reverse("salesforce_oauth", args=["example"]), fill(app))
    verifier = AuthorizationRequest.objects.get().code_verifier
    answer = allow(org, way_out(leaving))
    back = client.get("/salesforce/callback/", answer, follow=True)
    secrets = [find_connection().refresh_token, find_connection().session_id]
    org.expire_sessions()
    with open_client(find_connection()) as api:
        api.get("limits")
    secrets += [find_connection().refresh_token, find_connection().session_id]
    services.disconnect(connection=find_connection(), actor=administrator)

    assert everything_logged.records
    said = capfd.readouterr()
    assert len(set(secrets)) == 4
    for place in (back.content.decode(), leaving.content.decode(), everything_logged.text,
                  said.out, said.err, dump_tables()):  # fmt: skip
        assert not [s for s in (*secrets, verifier, app.secret, answer["code"]) if s in place]


@pytest.mark.threat("T23", "T5")
def test_error_report_hides_an_apps_secrets_when_storing_its_access_fails(
    account, administrator, app, org, client_of
):
    client = client_of(administrator)
    client.raise_request_exception = False
    leaving = client.post(reverse("salesforce_oauth", args=["example"]), fill(app))
    verifier = AuthorizationRequest.objects.get().code_verifier
    answer = allow(org, way_out(leaving))
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent RENAME TO accounts_away")
    reports = []

    def report(sender, request, **_kwargs):
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    got_request_exception.connect(report)
    try:
        status = client.get("/salesforce/callback/", answer).status_code
    finally:
        got_request_exception.disconnect(report)

    assert status == 500
    (text,) = reports
    assert "accounts_auditevent" in text
    assert app.secret not in text
    assert verifier not in text
    assert "5Aep861" not in text
    assert revocations(org) == [200]
