import pytest
from django.template import Context, Template

from connectors.models import ConnectionState
from tests.factories import ConnectionFactory


def render(account, *, is_administrator):
    page = Template("{% load connectors %}{% connection_banner %}")
    return page.render(Context({"account": account, "is_administrator": is_administrator}))


@pytest.mark.requirement("S11")
def test_banner_leads_an_administrator_to_the_connection_when_it_is_paused(account):
    ConnectionFactory(state=ConnectionState.PAUSED, reason="Refused.", advice="Reset the token.")

    banner = render(account, is_administrator=True)

    assert "Refused." in banner
    assert "Reset the token." in banner
    assert 'href="/a/example/settings/connectors/crm/salesforce/update-credentials/"' in banner


def test_banner_sends_a_marketer_to_an_administrator_when_it_is_paused(account):
    ConnectionFactory(state=ConnectionState.PAUSED, advice="Reset the token.")

    banner = render(account, is_administrator=False)

    assert "Ask an administrator" in banner
    assert "href" not in banner


@pytest.mark.parametrize("state", [None, ConnectionState.CONNECTED, ConnectionState.DISCONNECTED])
def test_banner_is_absent_when_nothing_is_paused(account, state):
    if state:
        ConnectionFactory(state=state)

    assert render(account, is_administrator=True).strip() == ""
