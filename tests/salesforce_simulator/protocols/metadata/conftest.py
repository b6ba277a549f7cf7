"""One organisation process for all tests of the Metadata API, and clients of it."""

import io
import time

import pytest
from zeep import Client, Settings
from zeep.transports import Transport

from tests.salesforce_simulator.metadata_packages import document, manifest, package
from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess
from tests.salesforce_simulator.recorded import recordings

LIMIT_SECONDS = 30


@pytest.fixture(scope="package")
def target(tmp_path_factory):
    """An organisation whose metadata the tests change; each uses names of its own."""
    directory = tmp_path_factory.mktemp("metadata")
    process = OrganisationProcess(directory, "--control", "--seed", "leads:3")
    yield process
    process.stop()


@pytest.fixture(scope="package")
def client(target):
    """A simple-salesforce client; its metadata part trusts the organisation too."""
    client = target.client()
    client.mdapi._client.transport.session.verify = target.ready["ca_file"]
    client.mdapi._client.transport.session.trust_env = False
    return client


@pytest.fixture(scope="package")
def soap(target, client):
    """The service of the recorded WSDL in zeep's strict mode, with the session in its header."""
    wsdl = recordings("wsdl", "metadata-simple-salesforce.wsdl.xml")
    transport = Transport(session=target.session())
    zeep_client = Client(wsdl.as_uri(), settings=Settings(strict=True), transport=transport)
    header = zeep_client.get_element("ns0:SessionHeader")(sessionId=client.session_id)
    zeep_client.set_default_soapheaders([header])
    binding = "{http://soap.sforce.com/2006/04/metadata}MetadataBinding"
    service = zeep_client.create_service(binding, f"{target.url}/services/Soap/m/63.0/00D")
    return zeep_client, service


@pytest.fixture
def deploy(client):
    """Deploy a zip with simple-salesforce and return what it makes of the result."""

    def run(archive, **options):
        started = client.deploy(io.BytesIO(archive), sandbox=True, **options)
        assert started["state"] == "Queued"
        return wait_for(lambda: client.checkDeployStatus(started["asyncId"]), "state")

    return run


def wait_for(check, key):
    """Call until the result is no longer on its way."""
    limit = time.monotonic() + LIMIT_SECONDS
    while True:
        result = check()
        if result[key] not in {"Pending", "InProgress", "Canceling"}:
            return result
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.fixture
def grant(target, client, deploy):
    """Open fields to the client's user; formulas for reading alone."""

    def run(name, *fields, read_only=(), more=""):
        permissions = "".join(
            f"<fieldPermissions><editable>{str(field not in read_only).lower()}</editable>"
            f"<field>{field}</field><readable>true</readable></fieldPermissions>"
            for field in (*fields, *read_only)
        )
        definition = document("PermissionSet", f"<label>{name}</label>{permissions}{more}")
        files = {f"permissionsets/{name}.permissionset": definition}
        result = deploy(package(manifest(PermissionSet=[name]), files))
        assert result["state"] == "Succeeded", result
        (found,) = client.query(f"SELECT Id FROM PermissionSet WHERE Name = '{name}'")["records"]
        me = client.query(f"SELECT Id FROM User WHERE Username = '{target.ready['username']}'")[
            "records"
        ]
        client.PermissionSetAssignment.create(
            {"AssigneeId": me[0]["Id"], "PermissionSetId": found["Id"]}
        )

    return run
