import pytest
from django.urls import reverse

from acton_connector.accounts.models import AuditEvent
from connectors.models import Connection, ConnectionState
from connectors.selectors import find_connection
from tests.connectors.soap import logins


def fill(org, **changes):
    return {
        "login_address": "my_domain",
        "my_domain": org.url,
        "username": org.username,
        "password": org.password,
        "security_token": org.security_token,
        **changes,
    }


@pytest.fixture
def client(administrator, client_of):
    return client_of(administrator)


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.requirement("S7", "S8", "S9", "S12")
def test_administrator_connects_by_the_form(client, org, administrator):
    page = client.post(reverse("salesforce_connect", args=["example"]), fill(org), follow=True)

    connection = find_connection()
    assert page.redirect_chain
    assert f"Connected to {connection.organization_name}." in text_of(page)
    assert org.organization_id in text_of(page)
    assert AuditEvent.objects.get(action="connection.connected").actor == administrator


@pytest.mark.fault("F4")
@pytest.mark.requirement("S8")
def test_form_comes_back_with_reason_and_advice_after_one_attempt(client, org):
    page = client.post(reverse("salesforce_connect", args=["example"]), fill(org, password="no"))

    assert "Invalid username, password, security token; or user locked out." in text_of(page)
    assert "What to do:" in text_of(page)
    assert f'value="{org.username}"' in text_of(page)
    assert len(logins(org)) == 1
    assert not Connection.objects.exists()


@pytest.mark.fault("F4")
@pytest.mark.requirement("S11")
def test_token_reset_is_found_by_test_and_mended_by_update(client, connected, org, administrator):
    connected.security_token = "token of last year"
    connected.save(update_fields=["security_token"])

    page = client.post(reverse("salesforce_test", args=["example"]), follow=True)

    assert "Needs attention" in text_of(page)
    assert "Invalid username" in text_of(page)
    assert len(logins(org)) == 1

    page = client.post(
        reverse("salesforce_update_credentials", args=["example"]), fill(org), follow=True
    )

    assert "The new credentials work and are saved." in text_of(page)
    assert find_connection().state == ConnectionState.CONNECTED
    assert find_connection().security_token == org.security_token
    assert AuditEvent.objects.get(action="connection.paused").actor == administrator


@pytest.mark.fault("F4")
@pytest.mark.requirement("S11")
def test_wrong_new_credentials_pause_the_connection_and_keep_the_old_ones(client, connected, org):
    page = client.post(
        reverse("salesforce_update_credentials", args=["example"]), fill(org, password="no")
    )

    assert "Invalid username, password, security token" in text_of(page)
    assert find_connection().state == ConnectionState.PAUSED
    assert find_connection().password == org.password
    assert len(logins(org)) == 1


@pytest.mark.requirement("S12")
def test_test_says_that_the_connection_works(client, connected):
    page = client.post(reverse("salesforce_test", args=["example"]), follow=True)

    assert "The connection works." in text_of(page)
