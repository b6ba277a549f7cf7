"""What a retrieval brings back, and that it deploys again without a change."""

import io
import time
import zipfile

import pytest

from salesforce_simulator.organisation.metadata.results import RetrieveRequest
from tests.salesforce_simulator.metadata_packages import (
    document,
    field,
    fields_package,
    formula,
    manifest,
    package,
)

OBJECT = (
    "<label>Visit</label><pluralLabel>Visits</pluralLabel>"
    "<nameField><label>Visit Name</label><type>Text</type></nameField>"
    "<sharingModel>ReadWrite</sharingModel><deploymentStatus>Deployed</deploymentStatus>"
)


@pytest.fixture
def retrieve(organisation, session):
    """Retrieve members by type; return the finished job and its zip."""

    def run(members, *, single_package=True):
        request = RetrieveRequest(members, "60.0", single_package)
        job = organisation.metadata.retrieve(session, request)
        limit = time.monotonic() + 20
        while not job.done:
            job, archive = organisation.metadata.retrieve_status(session, job.id)
            assert time.monotonic() < limit
            time.sleep(0.01)
        return job, archive

    return run


@pytest.mark.parametrize("single_package", [True, False])
def test_object_comes_with_all_that_belongs_to_it_and_deploys_again(
    deploy, retrieve, single_package
):
    inner = OBJECT + field("Place__c", "Text", "<length>40</length>")
    inner += formula("Loud__c", "Text", 'UPPER(Place__c) & " <>"')
    deploy(
        package(
            manifest(CustomObject=["Visit__c"]),
            {"objects/Visit__c.object": document("CustomObject", inner)},
        )
    )
    job, archive = retrieve({"CustomObject": ["Visit__c"]}, single_package=single_package)
    names = {each.full_name: each.type for each in job.properties}
    assert names == {
        "Visit__c": "CustomObject",
        "Visit__c.Place__c": "CustomField",
        "Visit__c.Loud__c": "CustomField",
    }
    prefix = "" if single_package else "unpackaged/"
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert sorted(files.namelist()) == [
            f"{prefix}objects/Visit__c.object",
            f"{prefix}package.xml",
        ]
    again = deploy(archive, single_package=single_package)
    assert again.success, again.messages
    assert len(again.messages) == 4
    assert not any(message.changed for message in again.messages)


def test_star_brings_all_components_of_a_type(deploy, grant, retrieve):
    deploy(fields_package("Lead", field("A__c", "Date"), field("B__c", "Date")))
    grant("Lead.A__c", "Lead.B__c")
    job, archive = retrieve({"CustomField": ["*"], "PermissionSet": ["*"]})
    names = {each.full_name for each in job.properties}
    assert {"Lead.A__c", "Lead.B__c", "Contact.Owner_ID__c", "Opener"} <= names
    again = deploy(archive)
    assert again.success, again.messages
    assert not any(message.changed for message in again.messages)


def test_what_is_not_there_is_told_and_stops_nothing(retrieve):
    job, _ = retrieve({"CustomTab": ["Gone"], "Nonsense": ["X"], "CustomObject": ["Lead"]})
    assert job.status == "Succeeded"
    assert job.messages == (
        ("package.xml", "Entity of type 'CustomTab' named 'Gone' cannot be found"),
        ("package.xml", "Entity type 'Nonsense' is unknown"),
    )
    assert "Lead" in {each.full_name for each in job.properties}
