"""An organisation that a client may change as it likes."""

import pytest

from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess


@pytest.fixture(scope="module")
def own_organisation(tmp_path_factory):
    """A demo organisation for the tests of one module."""
    process = OrganisationProcess(tmp_path_factory.mktemp("organisation"), "--control")
    yield process
    process.stop()
