"""An organisation of one lead per test, without HTTP."""

import pytest

from salesforce_simulator.organisation.organisation import Organisation


@pytest.fixture
def organisation(tmp_path):
    opened = Organisation.open(tmp_path / "org", seed="leads:1")
    yield opened
    opened.close()


@pytest.fixture
def session(organisation):
    given = organisation.credentials()
    return organisation.login(given["username"], given["password"] + given["security_token"])


@pytest.fixture
def lead(organisation, session):
    values = {"LastName": "Lovelace", "Company": "Engines", "Email": "ada@example.com"}
    return organisation.create("Lead", values, session)


@pytest.fixture
def read(organisation, session):
    """Read the first record that a query finds, or None."""

    def first(soql, **options):
        return next(organisation.query(soql, session, **options).records("60.0"), None)

    return first
