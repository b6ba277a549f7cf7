"""Conversations with a real organisation go the same way with ours."""

import pytest

from tests.salesforce_simulator.conformance.cassettes import Replay, load
from tests.salesforce_simulator.conformance.differences import unexplained
from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess
from tests.salesforce_simulator.recorded import recorded_names, recordings

# These talk to other servers, or to features that are no part of this organisation.
ELSEWHERE = {
    "test_get_device_code": "GitHub",
    "test_get_device_oauth_token": "GitHub",
    "TestCumulusciYml.test_validate_url__with_errors": "GitHub",
    "TestDatasetsE2E.test_datasets_read_explicit_extract_declaration": "describes alone",
    "ManualEditTestApexIntegrationTests.test_run_tests__integration_test": "runs Apex tests",
    "ManualEdit_TestCountSObjects.test_count_sobjects__network_errors": "edited by hand: no body",
    "ManualEditTestDescribeOrg.test_minimal_schema": "edited by hand: describes with few keys",
    "TestSelect.test_select_similarity_select_and_insert_strategy_bulk": "edited by hand: it names"
    " records and batches that it never made",
    "ManualEdit_test_describe_to_sql": "edited by hand: the request is no JSON",
    "TestIntegrationInfrastructure.test_integration_tests": "lists communities",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    process = OrganisationProcess(tmp_path_factory.mktemp("cassettes"), "--seed", "leads:0")
    yield process.client()
    process.stop()


@pytest.mark.parametrize(
    "name", [n for n in recorded_names("cumulusci-cassettes") if n not in ELSEWHERE]
)
def test_conversation_goes_as_recorded(client, name):
    folder = recordings("cumulusci-cassettes")
    replay = Replay(client, folder, f"cassettes/{name}")
    found = replay.run(load(folder / f"{name}.json"))
    assert "\n".join(unexplained(found)) == ""
    assert replay.compared
