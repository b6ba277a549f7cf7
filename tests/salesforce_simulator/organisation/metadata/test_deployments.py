"""What a deployment does with its package as a whole."""

import threading
import time
from threading import Event

import pytest

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata.results import DeployOptions
from tests.salesforce_simulator.metadata_packages import (
    document,
    field,
    fields_package,
    manifest,
    package,
)

SITE = (
    "<disableProtocolSecurity>false</disableProtocolSecurity><isActive>true</isActive>"
    "<url>https://app.example.com</url>"
)
DATE = fields_package("Lead", field("Seen__c", "Date"))


def site_package(*names, inner=SITE, **more):
    files = {
        f"remoteSiteSettings/{name}.remoteSite": document("RemoteSiteSetting", inner)
        for name in names
    }
    return package(manifest(RemoteSiteSetting=[*names]), files, **more)


def test_package_in_one_top_folder_is_found_when_it_is_no_single_package(deploy):
    job = deploy(site_package("A", folder="unpackaged/"), single_package=False)
    assert job.success
    assert [(m.full_name, m.file_name) for m in job.messages] == [
        ("A", "unpackaged/remoteSiteSettings/A.remoteSite"),
        ("package.xml", "unpackaged/package.xml"),
    ]


@pytest.mark.parametrize("single_package", [True, False])
def test_deployment_fails_when_there_is_no_manifest_where_it_belongs(
    deploy, problems, single_package
):
    archive = site_package("A", folder="src/" if single_package else "")
    job = deploy(archive, single_package=single_package)
    assert (job.status, problems(job)) == ("Failed", {"package.xml": "No package.xml found"})


@pytest.mark.parametrize("archive", [b"no zip", b""])
def test_deployment_fails_as_a_whole_when_the_zip_is_none(deploy, archive):
    job = deploy(archive)
    assert (job.status, job.error_message) == ("Failed", "The zip file is not valid")


def test_same_package_changes_nothing_when_it_is_deployed_again(deploy):
    first, second = deploy(DATE), deploy(DATE)
    assert [(m.created, m.changed) for m in first.messages] == [(True, True), (False, False)]
    assert [(m.created, m.changed) for m in second.messages] == [(False, False), (False, False)]
    assert second.messages[0].id == first.messages[0].id


def test_check_only_tells_the_outcome_and_changes_nothing(deploy, organisation):
    job = deploy(DATE, check_only=True)
    assert job.status == "Succeeded"
    assert job.messages[0].created
    assert not organisation.catalogue.get("Lead").has("Seen__c")


def test_nothing_stays_when_an_error_is_rolled_back(deploy, organisation, session):
    archive = fields_package("Lead", field("Seen__c", "Date"), field("Bad__c", "Text"))
    job = deploy(archive)
    assert (job.status, job.deployed, job.errors) == ("Failed", 1, 1)
    assert not organisation.catalogue.get("Lead").has("Seen__c")
    listed = organisation.metadata.list(session, [("CustomField", None)])
    assert "Lead.Seen__c" not in {each.full_name for each in listed}


def test_what_is_right_stays_when_errors_are_not_rolled_back(deploy, organisation, problems):
    archive = fields_package("Lead", field("Seen__c", "Date"), field("Bad__c", "Text"))
    job = deploy(archive, rollback_on_error=False)
    assert (job.status, job.deployed, job.errors) == ("SucceededPartial", 1, 1)
    assert problems(job).keys() == {"Lead.Bad__c"}
    assert organisation.catalogue.get("Lead").has("Seen__c")
    assert not organisation.catalogue.get("Lead").has("Bad__c")


def test_manifest_fails_when_it_names_what_is_not_in_the_zip(deploy, problems):
    archive = package(manifest(CustomField=["Lead.Gone__c"], Nonsense=["X"]), {})
    assert problems(deploy(archive)) == {
        "Lead.Gone__c": "An object 'Lead.Gone__c' of type CustomField was named in package.xml,"
        " but was not found in zipped directory",
        "package.xml": "Unknown type name 'Nonsense' specified in package.xml",
    }


def test_missing_files_are_no_error_when_they_are_allowed(deploy):
    archive = package(manifest(CustomField=["Lead.Gone__c"]), {})
    assert deploy(archive, allow_missing_files=True).success


def test_file_that_the_manifest_does_not_name_is_a_warning(deploy, problems):
    files = {"remoteSiteSettings/A.remoteSite": document("RemoteSiteSetting", SITE)}
    archive = package(manifest(), files)
    assert problems(deploy(archive)) == {"A": "Not in package.xml"}
    ignored = deploy(archive, ignore_warnings=True)
    assert ignored.success
    assert (ignored.messages[0].problem_type, ignored.deployed) == ("Warning", 0)


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        ("<RemoteSiteSetting>", "Error parsing file: ", (1, 20)),
        (
            "<RemoteSiteSetting>\n    <nope>1</nope></RemoteSiteSetting>",
            "Error parsing file: Element {http://soap.sforce.com/2006/04/metadata}nope invalid at",
            (2, 11),
        ),
        (
            "<RemoteSiteSetting>\n<url>a</url><url>b</url></RemoteSiteSetting>",
            "Error parsing file: Element url is duplicated at this location in type Remote",
            (2, 18),
        ),
        (
            "<RemoteSiteSetting><isActive>perhaps</isActive></RemoteSiteSetting>",
            "Error parsing file: 'perhaps' is not a valid value for the type xsd:boolean",
            (1, 30),
        ),
        (
            "<!DOCTYPE x [<!ENTITY a 'b'>]><RemoteSiteSetting/>",
            "Error parsing file: DOCTYPE is disallowed",
            (1, 1),
        ),
        (
            "<RemoteSiteSetting><url>https://a.example</url></RemoteSiteSetting>",
            "Required field is missing: disableProtocolSecurity",
            (1, 20),
        ),
        ("<CustomTab/>", "Error parsing file: Expected root element RemoteSiteSetting", (1, 12)),
    ],
)
def test_wrong_file_fails_with_line_and_column(deploy, problems, text, problem, place):
    files = {"remoteSiteSettings/A.remoteSite": text}
    job = deploy(package(manifest(RemoteSiteSetting=["A"]), files))
    assert problems(job)["A"].startswith(problem)
    failure = next(m for m in job.messages if m.full_name == "A")
    assert failure.file_name == "remoteSiteSettings/A.remoteSite"
    if not problem.endswith("file: "):
        assert (failure.line, failure.column) == place


def test_unknown_enum_value_is_refused(deploy, problems):
    job = deploy(fields_package("Lead", field("T__c", "Sentence")))
    assert "'Sentence' is not a valid value for the enum 'FieldType'" in problems(job)["Lead"]


def test_destructive_changes_remove_fields_before_and_after(deploy, organisation, problems):
    deploy(fields_package("Lead", field("Old__c", "Date"), field("Older__c", "Date")))
    job = deploy(
        package(
            manifest(CustomField=["Lead.New__c"]),
            {
                "objects/Lead.object": document("CustomObject", field("New__c", "Date")),
                "destructiveChangesPre.xml": manifest(CustomField=["Lead.Old__c"]),
                "destructiveChangesPost.xml": manifest(
                    CustomField=["Lead.Older__c", "Lead.Never__c"]
                ),
            },
        )
    )
    assert job.success, job.messages
    assert [(m.full_name, m.deleted, m.problem_type) for m in job.messages] == [
        ("Lead.Old__c", True, None),
        ("Lead.New__c", False, None),
        ("Lead.Older__c", True, None),
        ("Lead.Never__c", False, "Warning"),
        ("package.xml", False, None),
    ]
    assert job.messages[3].problem == "No CustomField named: Lead.Never__c found"
    names = organisation.catalogue.get("Lead").by_name
    assert "new__c" in names
    assert not {"old__c", "older__c"} & names.keys()


def test_field_stays_when_a_formula_still_names_it(deploy, organisation, problems):
    inner = field("Base__c", "Date")
    text = "<formula>Base__c + 1</formula>"
    deploy(fields_package("Lead", inner, field("Next__c", "Date", text)))
    job = deploy(
        package(manifest(), {"destructiveChanges.xml": manifest(CustomField=["Lead.Base__c"])}),
        rollback_on_error=False,
    )
    assert "referenced elsewhere" in problems(job)["Lead.Base__c"]
    assert organisation.catalogue.get("Lead").has("Base__c")


@pytest.fixture
def held_worker(organisation):
    """Keep the thread that runs deployments busy until the event is set."""
    free = Event()
    organisation.metadata._threads.submit(free.wait)
    yield free
    free.set()


def test_waiting_deployment_is_canceled(organisation, session, wait, held_worker):
    job = organisation.metadata.deploy(session, DATE, DeployOptions(single_package=True))
    assert organisation.metadata.deploy_status(session, job.id).status == "Pending"
    canceling = organisation.metadata.cancel_deploy(session, job.id)
    assert (canceling.status, canceling.done) == ("Canceling", False)
    held_worker.set()
    canceled = wait(job.id)
    assert (canceled.status, canceled.success, canceled.messages) == ("Canceled", False, ())
    assert canceled.canceled_by == session.user_id
    assert not organisation.catalogue.get("Lead").has("Seen__c")


def test_running_deployment_is_taken_back_when_it_is_canceled(
    organisation, session, wait, held_worker
):
    job = organisation.metadata.deploy(session, DATE, DeployOptions(single_package=True))
    with organisation._database.writer():  # the deployment starts and waits for the database
        held_worker.set()
        while organisation.metadata.deploy_status(session, job.id).status == "Pending":
            time.sleep(0.01)
        assert organisation.metadata.deploy_status(session, job.id).status == "InProgress"
        organisation.metadata.cancel_deploy(session, job.id)
    assert wait(job.id).status == "Canceled"
    assert not organisation.catalogue.get("Lead").has("Seen__c")


def test_finished_deployment_cannot_be_canceled(organisation, session, deploy):
    with pytest.raises(SalesforceError, match="already completed"):
        organisation.metadata.cancel_deploy(session, deploy(DATE).id)


def test_result_and_waiting_deployment_outlive_the_process(
    organisation, session, deploy, held_worker, tmp_path
):
    held_worker.set()
    done = deploy(DATE)
    held = Event()
    organisation.metadata._threads.submit(held.wait)
    options = DeployOptions(single_package=True)
    waiting = organisation.metadata.deploy(session, site_package("A"), options)
    threading.Timer(0.2, held.set).start()  # once close() has dropped what waits
    organisation.close()
    again = type(organisation).open(tmp_path / "org")
    try:
        assert again.metadata.deploy_status(session, done.id) == done
        assert again.metadata.deploy_status(session, waiting.id).status == "Pending"
        again.metadata.start()
        again.metadata._threads.shutdown(wait=True)
        assert again.metadata.deploy_status(session, waiting.id).status == "Succeeded"
    finally:
        again.close()


def test_unknown_deployment_is_told_from_what_is_no_id(organisation, session):
    for job_id, code in [
        ("0AfHs0000000001", "INVALID_CROSS_REFERENCE_KEY"),
        ("nonsense", "INVALID_ID_FIELD"),
    ]:
        with pytest.raises(SalesforceError) as caught:
            organisation.metadata.deploy_status(session, job_id)
        assert caught.value.code == code


def test_too_many_files_are_refused(deploy, monkeypatch):
    monkeypatch.setattr("salesforce_simulator.organisation.metadata.package.MOST_FILES", 3)
    assert deploy(site_package("A", "B")).success
    job = deploy(site_package("A", "B", "C"))
    assert (job.status, job.error_code) == ("Failed", "LIMIT_EXCEEDED")
