import pytest
from django.urls import reverse
from django.utils import timezone

from acton_connector.accounts.models import AuditEvent
from connectors.models import ApiUsage, Connection, ConnectionState
from connectors.selectors import find_connection
from tests.api_usage import put_usage
from tests.connectors.stored import stored_secrets
from tests.factories import ConnectionFactory

PAGES = ["salesforce_connection", "salesforce_connect", "salesforce_update_credentials"]
ACTIONS = [
    "salesforce_connect",
    "salesforce_test",
    "salesforce_update_credentials",
    "salesforce_disconnect",
]


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", sorted({*PAGES, *ACTIONS}))
def test_connection_pages_are_for_administrators_when_others_ask(
    account, marketer, salesperson, outsider, client_of, name
):
    url = reverse(name, args=[account.slug])

    for person, status in [(marketer, 403), (salesperson, 403), (outsider, 404)]:
        client = client_of(person)
        # A view that takes one method only says so before it asks who is there.
        assert client.post(url).status_code in (status, 405)
        assert client.get(url).status_code in (status, 405)
    assert client_of(None).post(url).status_code in (302, 405)


@pytest.mark.threat("T9")
@pytest.mark.parametrize("name", ACTIONS)
def test_connection_actions_are_refused_when_the_csrf_token_is_missing(
    account, administrator, client_of, name
):
    ConnectionFactory()
    client = client_of(administrator, csrf=True)

    assert client.post(reverse(name, args=[account.slug])).status_code == 403
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.requirement("S1", "S2", "S3", "S6", "S7", "S8", "S9", "S10")
def test_page_tells_what_is_needed_when_nothing_is_connected(account, administrator, client_of):
    page = text_of(client_of(administrator).get("/a/example/settings/connectors/crm/salesforce/"))

    assert "Enterprise, Professional or Unlimited Edition" in page
    assert "a user of its own for this connection" in page
    assert "Reset My Security Token" in page
    assert "Summer 2027" in page
    assert '<button class="btn btn-primary">Connect</button>' in page
    for name in ("login_address", "my_domain", "username", "password", "security_token"):
        assert f'name="{name}"' in page


@pytest.mark.requirement("S12")
def test_page_tells_all_about_the_organisation_when_it_is_connected(
    account, administrator, client_of
):
    connection = ConnectionFactory(is_sandbox=True)
    put_usage(ours=1_234, used=21_234, limit=100_000)

    page = text_of(client_of(administrator).get(reverse("salesforce_connection", args=["example"])))

    for fact in (
        "Connected", connection.organization_name, connection.organization_id, "Sandbox",
        connection.edition, connection.sf_user_name, connection.username, "64.0",
        "1,234", "40,000", "21,234", "100,000", "Test", "Update credentials", "Disconnect",
    ):  # fmt: skip
        assert fact in page


@pytest.mark.requirement("S11", "S12")
def test_page_shows_reason_and_next_step_when_the_connection_is_paused(
    account, administrator, client_of
):
    ConnectionFactory(
        state=ConnectionState.PAUSED, reason="Salesforce says <no>.", advice="Reset the token."
    )

    page = text_of(client_of(administrator).get(reverse("salesforce_connection", args=["example"])))

    assert "Needs attention" in page
    assert "Salesforce says &lt;no&gt;." in page
    assert "Reset the token." in page
    assert reverse("salesforce_update_credentials", args=["example"]) in page


@pytest.mark.requirement("S1")
@pytest.mark.parametrize(
    ("edition", "noted"), [("Unlimited Edition", False), ("Developer Edition", True)]
)
def test_page_notes_the_edition_when_the_connector_is_not_made_for_it(
    account, administrator, client_of, edition, noted
):
    ConnectionFactory(edition=edition)

    page = text_of(client_of(administrator).get(reverse("salesforce_connection", args=["example"])))

    assert ("This edition is not among" in page) is noted


@pytest.mark.threat("T23")
@pytest.mark.parametrize("name", PAGES)
def test_stored_secrets_are_on_no_page(account, administrator, client_of, name):
    ConnectionFactory(
        password="canary-password", security_token="canary-token", session_id="canary-session"
    )

    page = client_of(administrator).get(reverse(name, args=[account.slug]), follow=True)

    assert page.status_code == 200
    assert "canary" not in page.content.decode()


@pytest.mark.threat("T13")
@pytest.mark.requirement("S8")
def test_connect_stores_nothing_when_the_address_is_not_salesforces(
    account, administrator, client_of
):
    page = client_of(administrator).post(
        reverse("salesforce_connect", args=["example"]),
        {
            "login_address": "my_domain",
            "my_domain": "salesforce.com.evil.example",
            "username": "integration@example.com",
            "password": "secret",
            "security_token": "token",
        },
    )

    assert "is not a Salesforce host" in text_of(page)
    assert not Connection.objects.exists()
    assert not ApiUsage.objects.exists()


@pytest.mark.threat("T4")
def test_disconnect_erases_the_secrets_and_keeps_the_organisation(
    account, administrator, client_of
):
    ConnectionFactory(session_id="")

    page = client_of(administrator).post(
        reverse("salesforce_disconnect", args=["example"]), follow=True
    )

    connection = find_connection()
    assert connection.state == ConnectionState.DISCONNECTED
    assert stored_secrets() == ("", "", "")
    assert connection.organization_id == "00D000000000001EAA"
    assert "Connect your Salesforce organisation" in text_of(page)
    event = AuditEvent.objects.get(action="connection.disconnected")
    assert event.actor == administrator
    assert event.before["state"] == "connected"


def test_disconnect_asks_first(account, administrator, client_of):
    ConnectionFactory()

    page = text_of(client_of(administrator).get(reverse("salesforce_connection", args=["example"])))

    assert 'data-confirm="Disconnect Example Organisation?"' in page


def test_connect_leads_back_to_the_page_when_there_is_a_connection(
    account, administrator, client_of
):
    ConnectionFactory(verified_at=timezone.now())

    answer = client_of(administrator).post(reverse("salesforce_connect", args=["example"]))

    assert answer.url == reverse("salesforce_connection", args=["example"])
