"""The demonstration's records, asked by its integration user."""

import pytest

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    organisation = Organisation.open(tmp_path_factory.mktemp("queries"))
    yield organisation
    organisation.close()


@pytest.fixture(scope="module")
def session(demo):
    given = demo.credentials()
    return demo.login(given["username"], given["password"] + given["security_token"])


@pytest.fixture(scope="module")
def query(demo, session):
    return lambda soql, **options: demo.query(soql, session, **options)


@pytest.fixture(scope="module")
def records(query):
    return lambda soql, **options: list(query(soql, **options).records("60.0"))


@pytest.fixture
def refusal(query):
    def refused(soql, **options):
        with pytest.raises(SalesforceError) as caught:
            list(query(soql, **options).records("60.0"))
        return caught.value

    return refused
