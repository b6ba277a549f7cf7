"""The local organisation as the application knows it: by its settings."""

import pytest

from connectors import services
from connectors.credentials import Credentials
from tests.oauth_kit import OrgApp


@pytest.fixture
def org(local_org, settings):
    """The local organisation, allowed and trusted."""
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [local_org.host]
    settings.SALESFORCE_CA_BUNDLE = local_org.ca_file
    return local_org


@pytest.fixture
def credentials(org):
    """The integration user's credentials."""
    return Credentials(org.host, org.username, org.password, org.security_token)


@pytest.fixture
def connected(account, credentials, org):
    """A connection of the account in scope, made by the service; its calls are forgotten."""
    connection = services.connect(account=account, credentials=credentials, actor=None)
    org.forget_calls()
    return connection


@pytest.fixture
def app(org):
    """An External Client App of the organisation, whose refresh tokens rotate."""
    return OrgApp(org)


@pytest.fixture
def allowed(account, administrator, app, org):
    """A connection of the account in scope by that app; its calls are forgotten."""
    connection = app.connect(account, administrator)
    org.forget_calls()
    return connection
