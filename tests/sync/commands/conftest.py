"""An account connected to the local organisation, for the commands."""

import io

import pytest
from django.core.management import call_command

from connectors.credentials import Credentials
from connectors.services import connect


@pytest.fixture
def org(transactional_db, account, local_org, settings):
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [local_org.host]
    settings.SALESFORCE_CA_BUNDLE = local_org.ca_file
    connect(
        account=account,
        credentials=Credentials(
            local_org.host, local_org.username, local_org.password, local_org.security_token
        ),
        actor=None,
    )
    return local_org


@pytest.fixture
def run_command(account):
    """Run a command of the account and return what it printed."""

    def run(name, *arguments):
        out = io.StringIO()
        call_command(name, "--account", account.slug, *arguments, stdout=out)
        return out.getvalue()

    return run
