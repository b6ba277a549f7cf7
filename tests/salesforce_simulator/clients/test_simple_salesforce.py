"""simple-salesforce works with the organisation, unmodified, in all that its README shows."""

import csv
import datetime
import io
import time
from urllib.parse import urlsplit

import pytest
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SFType, format_soql
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from tests.salesforce_simulator.metadata_packages import field, fields_package


class ToTheOrganisation(HTTPAdapter):
    """Takes calls to login.salesforce.com and the like to the local organisation.

    simple-salesforce builds these addresses itself; what it sends there stays as it is.
    """

    def __init__(self, organisation):
        super().__init__()
        self._host = urlsplit(organisation.url).netloc

    def send(self, request, *args, **kwargs):
        parts = urlsplit(request.url)
        request.url = parts._replace(netloc=self._host).geturl()
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def session(own_organisation):
    made = own_organisation.session()
    for host in ("login", "test", "acme.my"):
        made.mount(f"https://{host}.salesforce.com", ToTheOrganisation(own_organisation))
    return made


@pytest.fixture(scope="module")
def ready(own_organisation):
    return own_organisation.ready


@pytest.fixture(scope="module")
def sf(ready, session):
    """Return a client that has logged in with user name, password and security token."""
    return Salesforce(
        username=ready["username"],
        password=ready["password"],
        security_token=ready["security_token"],
        session=session,
    )


# Examples


def test_client_logs_in_with_password_and_token(sf, ready):
    assert sf.query("SELECT COUNT() FROM User")["totalSize"] >= 6
    assert f"https://{sf.sf_instance}" == ready["url"]


def test_client_logs_in_to_a_sandbox_with_a_client_id(ready, session):
    client = Salesforce(
        username=ready["username"],
        password=ready["password"],
        security_token=ready["security_token"],
        domain="test",
        client_id="My App",
        session=session,
    )
    assert client.limits()


def test_client_works_with_a_session_that_it_is_given(sf, ready, own_organisation):
    client = Salesforce(
        instance_url=ready["url"], session_id=sf.session_id, session=own_organisation.session()
    )
    assert client.is_sandbox() is False


def test_client_logs_in_with_a_signed_assertion(ready, session):
    client = Salesforce(
        username=ready["oauth"]["jwt_username"],
        consumer_key=ready["oauth"]["client_id"],
        privatekey_file=ready["oauth"]["jwt_key_file"],
        session=session,
    )
    assert client.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_client_logs_in_with_client_credentials_on_its_own_domain(ready, session):
    client = Salesforce(
        consumer_key=ready["oauth"]["client_id"],
        consumer_secret=ready["oauth"]["client_secret"],
        domain="acme.my",
        session=session,
    )
    assert client.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_wrong_password_is_told_by_salesforces_code(ready, session):
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        Salesforce(username=ready["username"], password="no", security_token="no", session=session)
    assert caught.value.code == "INVALID_LOGIN"


def test_dead_session_is_told_as_expired(ready, own_organisation):
    client = Salesforce(
        instance_url=ready["url"], session_id="00D!no", session=own_organisation.session()
    )
    with pytest.raises(SalesforceExpiredSession):
        client.limits()


# Record management


def test_record_is_created_read_changed_and_deleted(sf):
    made = sf.Contact.create({"LastName": "Smith", "Email": "example@example.com"})
    assert made == {"id": made["id"], "success": True, "errors": []}
    assert sf.Contact.get(made["id"])["Email"] == "example@example.com"
    assert sf.Contact.update(made["id"], {"LastName": "Jones", "FirstName": "John"}) == 204
    assert sf.Contact.get(made["id"])["Name"] == "John Jones"
    assert sf.Contact.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        sf.Contact.get(made["id"])


def test_record_is_found_and_written_by_an_external_id(sf):
    values = {"LastName": "Smith", "Email": "smith@example.com"}
    assert sf.Contact.upsert("ActOn_Record_Id__c/11999", values) == 201
    assert sf.Contact.upsert("ActOn_Record_Id__c/11999", {"Title": "Dr"}) == 200
    found = sf.Contact.get_by_custom_id("ActOn_Record_Id__c", "11999")
    assert (found["LastName"], found["Title"]) == ("Smith", "Dr")
    sf.Contact.delete(found["Id"])


def test_two_records_with_one_key_are_told_as_more_than_one(sf):
    ids = [sf.Contact.create({"LastName": "T", "Email": "twin@x.example"})["id"] for _ in range(2)]
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Contact.upsert("Email/twin@x.example", {"Title": "Dr"})
    for each in ids:
        sf.Contact.delete(each)


def test_what_changed_and_what_was_deleted_is_listed(sf, own_organisation):
    made = sf.Contact.create({"LastName": "Listed"})["id"]
    gone = sf.Contact.create({"LastName": "Gone"})["id"]
    sf.Contact.delete(gone)
    own_organisation.control("clock", {"shift_seconds": 120})
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=2)
    start = end - datetime.timedelta(days=10)
    assert gone in [item["id"] for item in sf.Contact.deleted(start, end)["deletedRecords"]]
    assert made in sf.Contact.updated(start, end)["ids"]
    own_organisation.control("clock", {"shift_seconds": -120})
    sf.Contact.delete(made)


# Queries


def first_page(sf):
    """Return a page of 200 leads; simple-salesforce itself never asks for a size."""
    headers = {**sf.headers, "Sforce-Query-Options": "batchSize=200"}
    return sf.session.get(f"{sf.base_url}query/?q=SELECT+Id+FROM+Lead", headers=headers).json()


def test_queries_give_pages_all_records_and_an_iterator(sf):
    page = first_page(sf)
    assert (page["done"], len(page["records"])) == (False, 200)
    by_url = sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    locator = first_page(sf)["nextRecordsUrl"].rpartition("/")[2]
    assert by_url["records"] == sf.query_more(locator)["records"]
    everyone = sf.query_all("SELECT Id FROM Lead")["records"]
    assert len({record["Id"] for record in everyone}) == page["totalSize"]
    assert len(list(sf.query_all_iter("SELECT Id FROM Lead"))) == page["totalSize"]


def test_deleted_records_are_found_when_they_are_included(sf):
    gone = sf.Contact.create({"LastName": "Included"})["id"]
    sf.Contact.delete(gone)
    soql = f"SELECT Id, IsDeleted FROM Contact WHERE Id = '{gone}'"
    assert sf.query(soql)["totalSize"] == 0
    assert sf.query(soql, include_deleted=True)["records"][0]["IsDeleted"] is True


@pytest.mark.parametrize(
    "soql",
    [
        format_soql("SELECT Id FROM Contact WHERE LastName = {}", 'O\'Neill \\ "x"'),
        format_soql("SELECT Id FROM Contact WHERE LastName = {name}", name="Jones"),
        format_soql("SELECT Id FROM Contact WHERE LastName IN {names}", names=["Smith", "Jones"]),
        format_soql("SELECT Id FROM Lead WHERE AnnualRevenue > {:literal}", "USD100"),
        format_soql("SELECT Id FROM Contact WHERE Name LIKE '{:like}%'", "100%_Jones"),
        format_soql(
            "SELECT Id FROM Contact WHERE CreatedDate > {}",
            datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        ),
    ],
)
def test_formatted_queries_are_understood(sf, soql):
    assert sf.query(soql)["done"]


def test_refused_query_says_what_is_wrong(sf):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.query("SELECT Nothing FROM Contact")
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"


# Describes


def test_metadata_describes_and_layouts_are_read(sf):
    assert sf.Contact.metadata()["objectDescribe"]["name"] == "Contact"
    assert sf.Contact.describe()["keyPrefix"] == "003"
    layout = sf.Contact.describe_layout("012000000000000AAA")
    assert layout["detailLayoutSections"]
    assert "Contact" in [item["name"] for item in sf.describe()["sobjects"]]


def test_type_works_by_itself(sf, own_organisation):
    contact = SFType(
        "Contact", sf.session_id, sf.sf_instance, sf_version="60.0",
        session=own_organisation.session(),
    )  # fmt: skip
    assert contact.describe()["name"] == "Contact"


# Bulk


def people(company, count=3):
    return [
        {"LastName": f"P{n}", "Company": company, "Email": f"p{n}@{company}.example"}
        for n in range(count)
    ]


def ids_of(sf, company):
    found = sf.query_all(f"SELECT Id FROM Lead WHERE Company = '{company}' ORDER BY LastName")
    return [record["Id"] for record in found["records"]]


def test_bulk_loads_changes_queries_and_deletes(sf):
    rows = [*people("bulk1"), {"LastName": "No company", "Company": "", "Email": "x"}]
    *good, bad = sf.bulk.Lead.insert(rows, batch_size=2, use_serial=True)
    assert [row["success"] for row in good] == [True] * 3
    assert bad["errors"][0]["statusCode"] == "INVALID_EMAIL_ADDRESS"
    ids = ids_of(sf, "bulk1")
    changes = [{"Id": each, "Title": "Dr"} for each in ids]
    updated = sf.bulk.submit_dml("Lead", "update", changes)
    assert all(row["success"] and not row["created"] for row in updated)
    upserted = sf.bulk.Lead.upsert([{"Id": ids[0], "Title": "Prof"}], "Id")
    assert (upserted[0]["id"], upserted[0]["created"]) == (ids[0], False)
    soql = "SELECT Id, Title FROM Lead WHERE Company = 'bulk1' ORDER BY LastName"
    assert [row["Title"] for row in sf.bulk.Lead.query(soql, wait=0)] == ["Prof", "Dr", "Dr"]
    lazy = sf.bulk.Lead.query(soql, lazy_operation=True, wait=0)
    assert sum(len(page) for page in lazy) == 3
    deleted = sf.bulk.Lead.delete([{"Id": each} for each in ids])
    assert all(row["success"] for row in deleted)
    assert ids_of(sf, "bulk1") == []
    everything = "SELECT Id FROM Lead WHERE Company = 'bulk1'"
    assert len(sf.bulk.Lead.query_all(everything, wait=0)) == 3


def test_bulk2_loads_changes_queries_downloads_and_deletes(sf, tmp_path):
    sample = tmp_path / "sample.csv"
    with sample.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["LastName", "Company", "Email"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(people("bulk2"))
    (loaded,) = sf.bulk2.Lead.insert(str(sample), batch_size=10_000, concurrency=2, wait=0)
    assert (loaded["numberRecordsProcessed"], loaded["numberRecordsFailed"]) == (3, 0)
    ids = ids_of(sf, "bulk2")
    sf.bulk2.Lead.update(records=[{"Id": each, "Title": "Dr"} for each in ids], wait=0)
    keyed = [{"ActOn_Record_Id__c": f"b2-{n}", **row} for n, row in enumerate(people("bulk2", 5))]
    (upserted,) = sf.bulk2.Lead.upsert(
        records=keyed, external_id_field="ActOn_Record_Id__c", wait=0
    )
    assert upserted["numberRecordsProcessed"] == 5
    soql = "SELECT Id, Title FROM Lead WHERE Company = 'bulk2'"
    pages = list(sf.bulk2.Lead.query(soql, max_records=5))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert len(pages) == 2
    assert sorted(row["Title"] for row in rows) == [""] * 5 + ["Dr"] * 3
    downloaded = sf.bulk2.Lead.download(soql, path=str(tmp_path), max_records=100, wait=0)
    assert [item["number_of_records"] for item in downloaded] == [8]
    (deleted,) = sf.bulk2.Lead.delete(records=[{"Id": row["Id"]} for row in rows], wait=0)
    assert deleted["numberRecordsFailed"] == 0
    assert ids_of(sf, "bulk2") == []


def test_bulk2_gives_the_records_that_failed(sf, tmp_path):
    (loaded,) = sf.bulk2.Lead.insert(
        records=[*people("half", 1), {**people("half", 1)[0], "Email": "x"}],
        wait=0,
    )
    assert loaded["numberRecordsFailed"] == 1
    failed = sf.bulk2.Lead.get_failed_records(loaded["job_id"])
    (row,) = csv.DictReader(io.StringIO(failed))
    assert row["sf__Error"].startswith("INVALID_EMAIL_ADDRESS:")
    target = tmp_path / "failed.csv"
    sf.bulk2.Lead.get_failed_records(loaded["job_id"], file=str(target))
    assert target.read_text() == failed
    sf.bulk2.Lead.delete(records=[{"Id": each} for each in ids_of(sf, "half")], wait=0)


# Metadata


@pytest.fixture
def mdapi(sf, ready, monkeypatch):
    """Return the metadata client, which makes a session of its own and trusts what this names."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ready["ca_file"])
    return sf.mdapi


def test_metadata_components_are_created_read_changed_and_deleted(mdapi):
    custom_object = mdapi.CustomObject(
        fullName="CustomObject__c",
        label="Custom Object",
        pluralLabel="Custom Objects",
        nameField=mdapi.CustomField(label="Name", type=mdapi.FieldType("Text")),
        deploymentStatus=mdapi.DeploymentStatus("Deployed"),
        sharingModel=mdapi.SharingModel("Read"),
    )
    mdapi.CustomObject.create(custom_object)
    read = mdapi.CustomObject.read("CustomObject__c")
    assert (read.label, read.sharingModel) == ("Custom Object", "Read")
    read.sharingModel = mdapi.SharingModel("ReadWrite")
    mdapi.CustomObject.update(read)
    assert mdapi.CustomObject.read("CustomObject__c").sharingModel == "ReadWrite"
    listed = mdapi.list_metadata(mdapi.ListMetadataQuery(type="CustomObject"))
    assert "CustomObject__c" in [item.fullName for item in listed]
    assert "CustomObject" in [item.xmlName for item in mdapi.describe_metadata().metadataObjects]
    mdapi.CustomObject.delete("CustomObject__c")
    listed = mdapi.list_metadata(mdapi.ListMetadataQuery(type="CustomObject"))
    assert "CustomObject__c" not in [item.fullName for item in listed]


def test_package_is_deployed(sf, tmp_path):
    package = tmp_path / "package.zip"
    readme = field("Readme__c", "Text", "<length>20</length>")
    package.write_bytes(fields_package("Contact", readme))
    result = sf.deploy(str(package), sandbox=False, singlePackage=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        status = sf.checkDeployStatus(result["asyncId"])
        if status["state"] in {"Succeeded", "Failed"}:
            break
        time.sleep(0.1)
    assert (status["state"], status["deployment_detail"]["errors"]) == ("Succeeded", [])
    assert status["deployment_detail"]["deployed_count"] == "1"


# Other calls


def test_limits_are_read_and_usage_is_counted(sf):
    assert sf.limits()["DailyApiRequests"]["Max"] > 0
    assert sf.api_usage["api-usage"].used > 0


def test_tooling_calls_go_through(sf):
    found = sf.toolingexecute("query?q=SELECT+Id+FROM+EntityDefinition+LIMIT+1")
    assert found["size"] == 1


def test_generic_calls_go_through(sf):
    assert sf.restful("limits")["DailyApiRequests"]
