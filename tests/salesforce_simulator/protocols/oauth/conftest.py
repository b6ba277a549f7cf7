"""One organisation for all tests of OAuth; each test registers the app it needs."""

import pytest

from tests.salesforce_simulator.protocols.oauth.process import OAuthOrganisation


@pytest.fixture(scope="session")
def oauth_organisation(tmp_path_factory):
    process = OAuthOrganisation(
        tmp_path_factory.mktemp("oauth"), "--control", "--seed", "leads:1", "--http-port", "0"
    )
    yield process
    process.stop()


@pytest.fixture
def own_organisation(tmp_path):
    """An organisation that the test may spoil."""
    process = OAuthOrganisation(tmp_path / "org", "--control", "--seed", "leads:1")
    yield process
    process.stop()
