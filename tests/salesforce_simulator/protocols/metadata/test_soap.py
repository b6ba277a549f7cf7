"""The Metadata API as simple-salesforce and zeep see it, over HTTPS."""

import base64
import io
import zipfile

import pytest
import requests
from simple_salesforce.exceptions import SalesforceMalformedRequest
from zeep.exceptions import Fault

from tests.salesforce_simulator.metadata_packages import (
    document,
    field,
    fields_package,
    formula,
    manifest,
    package,
)
from tests.salesforce_simulator.protocols.metadata.conftest import wait_for

SCORE = "<precision>6</precision><scale>0</scale>"
OPTIONS = {
    "allowMissingFiles": False,
    "autoUpdatePackage": False,
    "checkOnly": False,
    "ignoreWarnings": False,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": True,
    "singlePackage": True,
    "testLevel": "NoTestRun",
}


def test_deployed_formula_is_computed_in_soql_rest_and_bulk(client, deploy, grant):
    result = deploy(
        fields_package(
            "Lead",
            field("Points__c", "Number", SCORE),
            formula("Grade__c", "Text", 'IF(Points__c > 50, "hot", "cold") & "/" & LastName'),
        )
    )
    assert result["state"] == "Succeeded"
    assert result["deployment_detail"] == {
        "total_count": "2",
        "failed_count": "0",
        "deployed_count": "2",
        "errors": [],
    }
    grant("Points", "Lead.Points__c", read_only=["Lead.Grade__c"])

    lead = client.Lead.create({"LastName": "Formula", "Company": "C", "Points__c": 51})["id"]
    soql = f"SELECT Grade__c FROM Lead WHERE Id = '{lead}' AND Grade__c LIKE 'hot%'"
    assert client.query(soql)["records"][0]["Grade__c"] == "hot/Formula"
    assert client.Lead.get(lead)["Grade__c"] == "hot/Formula"
    csv = next(iter(client.bulk2.Lead.query(soql)))
    assert csv.splitlines()[-1] == '"hot/Formula"'
    client.Lead.update(lead, {"Points__c": 3})
    assert client.Lead.get(lead)["Grade__c"] == "cold/Formula"
    described = {each["name"]: each for each in client.Lead.describe()["fields"]}
    assert described["Grade__c"]["calculated"]
    with pytest.raises(SalesforceMalformedRequest, match="Grade__c"):
        client.Lead.update(lead, {"Grade__c": "x"})


def test_failures_are_told_by_component(deploy):
    archive = fields_package("Lead", field("Fine__c", "Date"), field("Broken__c", "Text"))
    result = deploy(archive)
    assert result["state"] == "SucceededPartial"  # this client does not roll back by itself
    assert result["deployment_detail"]["failed_count"] == "1"
    assert result["deployment_detail"]["errors"] == [
        {
            "type": "CustomField",
            "file": "objects/Lead.object",
            "status": "Error",
            "message": "Must specify 'length' for a CustomField of type Text",
        }
    ]


def test_result_follows_the_wsdl(soap):
    client, service = soap
    options = client.get_type("ns0:DeployOptions")(**OPTIONS)
    archive = fields_package("Lead", field("Strict__c", "Date"), field("Wrong__c", "Text"))
    queued = service.deploy(archive, options)
    assert (queued.done, queued.state) == (False, "Queued")
    result = wait_for(lambda: service.checkDeployStatus(queued.id, True).body.result, "status")

    assert (result.id, result.done, result.success) == (queued.id, True, False)
    assert (result.status, result.rollbackOnError, result.checkOnly) == ("Failed", True, False)
    counts = (result.numberComponentsTotal, result.numberComponentsDeployed)
    assert (*counts, result.numberComponentErrors) == (2, 1, 1)
    assert result.createdDate <= result.startDate <= result.completedDate
    assert result.createdByName
    (failure,) = result.details.componentFailures
    assert (failure.componentType, failure.fullName) == ("CustomField", "Lead.Wrong__c")
    assert (failure.problemType, failure.success, failure.changed) == ("Error", False, False)
    assert (failure.lineNumber, failure.fileName) == (2, "objects/Lead.object")
    names = [each.fullName for each in result.details.componentSuccesses]
    assert names == ["Lead.Strict__c", "package.xml"]
    assert result.details.runTestResult.numTestsRun == 0
    brief = service.checkDeployStatus(queued.id, False).body.result
    assert brief.details is None or not brief.details.componentFailures
    with pytest.raises(Fault, match="already completed"):
        service.cancelDeploy(queued.id)


def test_what_was_retrieved_changes_nothing_when_it_is_deployed_again(soap, deploy):
    client, service = soap
    page = {
        "pages/Panel.page": '<apex:page standardController="Lead"/>',
        "pages/Panel.page-meta.xml": document(
            "ApexPage", "<apiVersion>60.0</apiVersion><label>Panel</label>"
        ),
        "objects/Contact.object": document(
            "CustomObject",
            field("Back__c", "Text", "<length>9</length>") + formula("Forth__c", "Number", "1 + 2"),
        ),
    }
    members = {"ApexPage": ["Panel"], "CustomField": ["Contact.Back__c", "Contact.Forth__c"]}
    assert deploy(package(manifest(**members), page))["state"] == "Succeeded"

    request = client.get_type("ns0:RetrieveRequest")(
        apiVersion=60.0,
        singlePackage=True,
        unpackaged={
            "types": [
                {"members": ["Panel"], "name": "ApexPage"},
                {"members": ["Contact.Back__c", "Contact.Forth__c"], "name": "CustomField"},
                {"members": ["Nobody"], "name": "CustomTab"},
            ],
            "version": "60.0",
        },
    )
    queued = service.retrieve(request)
    result = wait_for(lambda: service.checkRetrieveStatus(queued.id, True), "status")
    assert (result.status, result.success, result.done) == ("Succeeded", True, True)
    assert {each.fullName: each.type for each in result.fileProperties} == {
        "Panel": "ApexPage",
        "Contact.Back__c": "CustomField",
        "Contact.Forth__c": "CustomField",
    }
    assert [each.problem for each in result.messages] == [
        "Entity of type 'CustomTab' named 'Nobody' cannot be found"
    ]
    with zipfile.ZipFile(io.BytesIO(result.zipFile)) as archive:
        assert sorted(archive.namelist()) == [
            "objects/Contact.object",
            "package.xml",
            *sorted(page)[1:],
        ]
        assert archive.read("pages/Panel.page").decode() == page["pages/Panel.page"]

    options = client.get_type("ns0:DeployOptions")(**OPTIONS)
    again = service.deploy(result.zipFile, options)
    done = wait_for(lambda: service.checkDeployStatus(again.id, True).body.result, "status")
    assert done.status == "Succeeded"
    assert [each.changed for each in done.details.componentSuccesses] == [False] * 4


def test_simple_salesforce_retrieves_a_zip(client, deploy):
    deploy(fields_package("Lead", field("Fetched__c", "Date")))
    job_id, state = client.mdapi.retrieve("", unpackaged={"CustomField": ["Lead.Fetched__c"]})
    assert state == "Queued"
    wait_for(lambda: {"state": client.mdapi.check_retrieve_status(job_id)[0]}, "state")
    state, error, messages, content = client.mdapi.retrieve_zip(job_id)
    assert (state, error, messages) == ("Succeeded", None, [])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "<fullName>Fetched__c</fullName>" in archive.read("objects/Lead.object").decode()


def test_metadata_is_listed_and_described(soap, deploy):
    client, service = soap
    deploy(fields_package("Lead", field("Listed__c", "Date")))
    query = client.get_type("ns0:ListMetadataQuery")
    listed = service.listMetadata([query(type="CustomField"), query(type="CustomObject")], 63.0)
    found = {each.fullName: each for each in listed}
    assert found["Lead.Listed__c"].fileName == "objects/Lead.object"
    assert found["Lead.Listed__c"].id.startswith("00N")
    assert found["Campaign"].type == "CustomObject"
    with pytest.raises(Fault, match="LIMIT_EXCEEDED"):
        service.listMetadata([query(type="CustomTab")] * 4, 63.0)
    with pytest.raises(Fault, match="INVALID_TYPE: Unknown type:Nonsense"):
        service.listMetadata([query(type="Nonsense")], 63.0)

    described = {each.xmlName: each for each in service.describeMetadata(63.0).metadataObjects}
    assert described["ApexPage"].metaFile
    assert described["Report"].inFolder
    assert "CustomField" in described["CustomObject"].childXmlNames
    assert described["CustomObject"].directoryName == "objects"


def test_single_fields_are_created_read_changed_and_deleted(client, soap):
    fields = client.mdapi.CustomField
    made = fields(fullName="Lead.Single__c", label="Single", type="Text", length=20)
    fields.create([made])
    read = fields.read(["Lead.Single__c"])
    assert (read.fullName, read.label, read.type, read.length) == (
        "Lead.Single__c",
        "Single",
        "Text",
        20,
    )
    with pytest.raises(Exception, match="DUPLICATE_DEVELOPER_NAME"):
        fields.create([made])
    fields.update([fields(fullName="Lead.Single__c", label="Other", type="Text", length=30)])
    assert fields.read(["Lead.Single__c"]).label == "Other"
    fields.delete(["Lead.Single__c"])
    assert fields.read(["Lead.Single__c"]).fullName is None
    with pytest.raises(Exception, match=r"no CustomField named Lead\.Single__c found"):
        fields.update([made])
    with pytest.raises(Exception, match="Must specify 'length' for a CustomField of type Text"):
        fields.create([fields(fullName="Lead.Poor__c", label="Poor", type="Text")])

    zeep_client, service = soap
    site = zeep_client.get_type("ns0:RemoteSiteSetting")(
        fullName="Upserted", disableProtocolSecurity=False, isActive=True, url="https://a.example"
    )
    for created in (True, False):
        (result,) = service.upsertMetadata([site])
        assert (result.success, result.created, result.fullName) == (True, created, "Upserted")


def test_call_is_refused_when_the_session_is_dead(target):
    reply = call(target, "describeMetadata", "nonsense")
    assert reply.status_code == 500
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in reply.text
    assert "<faultstring>INVALID_SESSION_ID: " in reply.text


def test_call_is_refused_when_the_operation_is_unknown(target, client):
    reply = call(target, "nonsense", client.session_id)
    assert reply.status_code == 500
    assert "No operation available" in reply.text


@pytest.mark.parametrize("version", ["30.0", "69.0", "x"])
def test_call_is_refused_when_the_version_is_not_served(target, client, version):
    reply = call(target, "describeMetadata", client.session_id, version)
    assert "<faultcode>sf:UNSUPPORTED_API_VERSION</faultcode>" in reply.text


def test_call_is_refused_when_the_user_may_not_modify_metadata(target, client):
    (profile,) = client.query("SELECT Id FROM Profile WHERE Name = 'Standard User'")["records"]
    username = "reader@metadata.example"
    client.User.create(
        {
            "Username": username,
            "LastName": "Reader",
            "Email": username,
            "Alias": "reader",
            "IsActive": True,
            "CommunityNickname": "reader",
            "ProfileId": profile["Id"],
            "TimeZoneSidKey": "Europe/Berlin",
            "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8",
            "LanguageLocaleKey": "en_US",
        }
    )
    given = target.control("users", {"username": username, "password": "reader-1"})
    session_id, _ = target.login(**given)
    reply = call(target, "describeMetadata", session_id)
    assert "<faultcode>sf:INSUFFICIENT_ACCESS</faultcode>" in reply.text
    assert "ModifyAllData or ModifyMetadata" in reply.text


def call(target, operation, session_id, version="60.0", inner="") -> requests.Response:
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns="http://soap.sforce.com/2006/04/metadata"><e:Header><SessionHeader>'
        f"<sessionId>{session_id}</sessionId></SessionHeader></e:Header>"
        f"<e:Body><{operation}>{inner}</{operation}></e:Body></e:Envelope>"
    )
    return target.session().post(
        f"{target.url}/services/Soap/m/{version}",
        data=body,
        headers={"Content-Type": "text/xml", "SOAPAction": '""'},
    )


def test_retrieval_finds_what_is_named_when_its_request_has_another_name(target, client, deploy):
    deploy(fields_package("Lead", field("Unnamed__c", "Date")))
    request = (
        "<request><apiVersion>60.0</apiVersion><unpackaged><types>"
        "<members>Lead.Unnamed__c</members><name>CustomField</name></types></unpackaged></request>"
    )
    reply = call(target, "retrieve", client.session_id, inner=request)
    job_id = reply.text.partition("<id>")[2].partition("</id>")[0]
    wait_for(lambda: {"state": client.mdapi.check_retrieve_status(job_id)[0]}, "state")
    content = client.mdapi.retrieve_zip(job_id)[3]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "Unnamed__c" in archive.read("unpackaged/objects/Lead.object").decode()


def test_jobs_of_both_kinds_are_done_when_the_older_status_call_asks(target, client):
    archive = io.BytesIO(fields_package("Lead", field("Asked__c", "Date")))
    deployed = client.deploy(archive, sandbox=True)["asyncId"]
    wait_for(lambda: client.checkDeployStatus(deployed), "state")
    retrieved, _ = client.mdapi.retrieve("", unpackaged={"CustomField": ["Lead.Asked__c"]})
    wait_for(lambda: {"state": client.mdapi.check_retrieve_status(retrieved)[0]}, "state")
    for job_id in (deployed, retrieved):
        inner = f"<asyncProcessId>{job_id}</asyncProcessId>"
        reply = call(target, "checkStatus", client.session_id, inner=inner)
        assert f"<done>true</done><id>{job_id}</id>" in reply.text
        assert "<state>Completed</state>" in reply.text
        assert "message" not in reply.text
    reply = call(
        target, "checkStatus", client.session_id, inner="<asyncProcessId>x</asyncProcessId>"
    )
    assert "INVALID_ID_FIELD" in reply.text


def test_job_is_found_when_its_id_bears_another_name(target, client):
    archive = io.BytesIO(fields_package("Lead", field("Nameless__c", "Date")))
    job_id = client.deploy(archive, sandbox=True)["asyncId"]
    reply = call(target, "checkDeployStatus", client.session_id, inner=f"<id>{job_id}</id>")
    assert f"<id>{job_id}</id>" in reply.text
    wait_for(lambda: client.checkDeployStatus(job_id), "state")


def test_folder_is_deployed_when_it_is_named_with_a_slash_at_its_end(deploy):
    folder = document("ReportFolder", "<name>Slashed</name>")
    files = {"reports/Slashed-meta.xml": folder}
    result = deploy(package(manifest(Report=["Slashed/"]), files))
    assert (result["state"], result["deployment_detail"]["errors"]) == ("Succeeded", [])


def test_zip_may_hold_spaces_and_line_breaks_in_its_base64(target, client):
    text = base64.encodebytes(fields_package("Lead", field("Wrapped__c", "Date"))).decode()
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns="http://soap.sforce.com/2006/04/metadata"><e:Header><SessionHeader>'
        f"<sessionId>{client.session_id}</sessionId></SessionHeader></e:Header>"
        f"<e:Body><deploy><ZipFile>{text}</ZipFile><DeployOptions>"
        "<singlePackage>true</singlePackage></DeployOptions></deploy></e:Body></e:Envelope>"
    )
    reply = target.session().post(f"{target.url}/services/Soap/m/60.0/", data=body)
    assert reply.status_code == 200
    job_id = reply.text.partition("<id>")[2].partition("</id>")[0]
    done = wait_for(lambda: client.checkDeployStatus(job_id), "state")
    assert done["state"] == "Succeeded"


def test_deployed_layout_shows_its_button_and_page(client, deploy):
    button = (
        "<webLinks><fullName>Ask</fullName><availability>online</availability>"
        "<displayType>button</displayType><linkType>url</linkType>"
        "<masterLabel>Ask us</masterLabel><openType>newWindow</openType>"
        "<protected>false</protected><url>https://a.example/{!Contact.Id}</url></webLinks>"
    )
    section = (
        "<layoutSections><label>History</label><layoutColumns><layoutItems><page>History</page>"
        "</layoutItems></layoutColumns><style>OneColumn</style></layoutSections>"
    )
    meta = document("ApexPage", "<apiVersion>60.0</apiVersion><label>History</label>")
    name = "Contact-Contact Layout"
    result = deploy(
        package(
            manifest(WebLink=["Contact.Ask"], ApexPage=["History"], Layout=[name]),
            {
                "objects/Contact.object": document("CustomObject", button),
                "pages/History.page": "<apex:page/>",
                "pages/History.page-meta.xml": meta,
                f"layouts/{name}.layout": document(
                    "Layout", f"<customButtons>Ask</customButtons>{section}"
                ),
            },
        )
    )
    assert result["state"] == "Succeeded", result
    layout = client.Contact.describe_layout("012000000000000AAA")
    buttons = {each["name"]: each for each in layout["buttonLayoutSection"]["detailButtons"]}
    assert {key: buttons["Ask"][key] for key in ("custom", "label", "url", "behavior")} == {
        "custom": True,
        "label": "Ask us",
        "url": "https://a.example/{!Contact.Id}",
        "behavior": "newWindow",
    }
    (shown,) = layout["detailLayoutSections"]
    (component,) = shown["layoutRows"][0]["layoutItems"][0]["layoutComponents"]
    assert (component["type"], component["value"]) == ("VisualforcePage", "History")


def test_custom_object_is_created_read_changed_renamed_and_deleted(client, grant):
    objects = client.mdapi.CustomObject
    made = objects(
        fullName="Trip__c",
        label="Trip",
        pluralLabel="Trips",
        nameField=client.mdapi.CustomField(label="Name", type=client.mdapi.FieldType("Text")),
        deploymentStatus=client.mdapi.DeploymentStatus("Deployed"),
        sharingModel=client.mdapi.SharingModel("Read"),
        fields=[
            client.mdapi.CustomField(fullName="Place__c", label="Place", type="Text", length=20),
            client.mdapi.CustomField(
                fullName="Lead__c", label="Lead", type="Lookup", referenceTo="Lead"
            ),
        ],
    )
    objects.create(made)
    read = objects.read("Trip__c")
    assert (read.fullName, read.label, read.sharingModel) == ("Trip__c", "Trip", "Read")
    assert [field.fullName for field in read.fields] == ["Lead__c", "Place__c"]
    rights = (
        "<objectPermissions><allowCreate>true</allowCreate><allowDelete>true</allowDelete>"
        "<allowEdit>true</allowEdit><allowRead>true</allowRead>"
        "<modifyAllRecords>false</modifyAllRecords><object>Trip__c</object>"
        "<viewAllRecords>false</viewAllRecords></objectPermissions>"
    )
    grant("Trips", "Trip__c.Place__c", more=rights)
    client.Trip__c.create({"Name": "First", "Place__c": "Berlin"})
    read.sharingModel = "ReadWrite"
    objects.update(read)
    assert objects.read("Trip__c").sharingModel == "ReadWrite"

    objects.rename("Trip__c", "Journey__c")
    assert client.query("SELECT Name, Place__c FROM Journey__c")["records"][0]["Place__c"] == (
        "Berlin"
    )
    assert objects.read("Trip__c").fullName is None
    assert objects.read("Journey__c").label == "Trip"
    client.Journey__c.create({"Name": "Second"})
    objects.delete("Journey__c")
    names = [each["name"] for each in client.describe()["sobjects"]]
    assert not {"Trip__c", "Journey__c"} & set(names)


def test_value_type_is_described(client):
    described = client.mdapi.CustomField.describe()
    fields = {each.name: each for each in described.valueTypeFields}
    assert described.apiCreatable
    assert "Picklist" in [each.value for each in fields["type"].picklistValues]
    assert fields["valueSet"].fields[0].name == "controllingField"
