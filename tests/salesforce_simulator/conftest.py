"""One organisation process for the tests that only look, and one for each that changes much."""

import pytest

from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess


@pytest.fixture(scope="session")
def live_organisation(tmp_path_factory):
    """A demo organisation with the control endpoint, shared: leave its records as they were."""
    process = OrganisationProcess(tmp_path_factory.mktemp("organisation"), "--control")
    yield process
    process.stop()


@pytest.fixture
def start_organisation(tmp_path):
    """Start organisations in a directory of the test's own; they end with the test."""
    started = []

    def start(*arguments):
        process = OrganisationProcess(tmp_path / "organisation", *arguments)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.process.poll() is None:
            process.stop()


@pytest.fixture
def salesforce(live_organisation):
    """A simple-salesforce client of the shared organisation; faults and calls start from zero."""
    live_organisation.control("faults", [])
    return live_organisation.client()
