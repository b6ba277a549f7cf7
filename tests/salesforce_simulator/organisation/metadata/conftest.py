"""Deployments into the organisation; its user sees a field when `grant` has opened it."""

import time

import pytest

from salesforce_simulator.organisation.metadata.results import DeployOptions
from tests.salesforce_simulator.metadata_packages import document, manifest, package

LIMIT_SECONDS = 20


@pytest.fixture
def wait(organisation, session):
    """Wait for a deployment's end and return it."""

    def until_done(job_id):
        limit = time.monotonic() + LIMIT_SECONDS
        while True:
            job = organisation.metadata.deploy_status(session, job_id)
            if job.done:
                return job
            assert time.monotonic() < limit, job
            time.sleep(0.01)

    return until_done


@pytest.fixture
def deploy(organisation, session, wait):
    """Deploy a zip and return the finished deployment."""

    def run(archive, **options):
        options = DeployOptions(**{"single_package": True, **options})
        return wait(organisation.metadata.deploy(session, archive, options).id)

    return run


@pytest.fixture
def grant(deploy, organisation, session):
    """Open fields to the session's user with a permission set; formulas for reading alone."""

    def run(*names, read_only=()):
        permissions = "".join(
            f"<fieldPermissions><field>{name}</field><readable>true</readable>"
            f"<editable>{str(name not in read_only).lower()}</editable></fieldPermissions>"
            for name in (*names, *read_only)
        )
        inner = f"<label>Opener</label>{permissions}"
        job = deploy(
            package(
                manifest(PermissionSet=["Opener"]),
                {"permissionsets/Opener.permissionset": document("PermissionSet", inner)},
            )
        )
        assert job.success, job.messages
        found = organisation.query("SELECT Id FROM PermissionSet WHERE Name = 'Opener'", session)
        set_id = next(found.records("60.0"))["Id"]
        assigned = organisation.query(
            f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = '{set_id}'", session
        )
        if next(assigned.records("60.0"), None) is None:
            values = {"AssigneeId": session.user_id, "PermissionSetId": set_id}
            organisation.create("PermissionSetAssignment", values, session)

    return run


@pytest.fixture
def problems():
    """Return the problems of a deployment by component."""
    return lambda job: {m.full_name: m.problem for m in job.messages if not m.success}


@pytest.fixture
def described(organisation, session):
    """Return the user's field of an object as describes have it, or None."""

    def find(sobject, name):
        fields = organisation.describe(sobject, session, "60.0")["fields"]
        return next((each for each in fields if each["name"] == name), None)

    return find


@pytest.fixture
def rows(organisation, session):
    """Read all records of a query without their attributes."""

    def read(soql):
        found = organisation.query(soql, session).records("60.0")
        return [{k: v for k, v in record.items() if k != "attributes"} for record in found]

    return read
