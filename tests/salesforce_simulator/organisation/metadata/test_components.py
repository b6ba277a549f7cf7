"""Objects, permission sets, pages, apps: what they need and what they do."""

from pathlib import Path

import pytest

from salesforce_simulator.organisation.errors import SalesforceError
from tests.salesforce_simulator.metadata_packages import (
    document,
    field,
    fields_package,
    folder_package,
    formula,
    manifest,
    package,
)
from tests.salesforce_simulator.recorded import recordings

OBJECT = (
    "<label>Visit</label><pluralLabel>Visits</pluralLabel>"
    "<nameField><label>Visit Name</label><type>Text</type></nameField>"
    "<sharingModel>ReadWrite</sharingModel><deploymentStatus>Deployed</deploymentStatus>"
)
SITE = (
    "<disableProtocolSecurity>false</disableProtocolSecurity><isActive>true</isActive>"
    "<url>app.example.com</url>"
)
RIGHTS = (
    "<objectPermissions><allowCreate>true</allowCreate><allowDelete>true</allowDelete>"
    "<allowEdit>true</allowEdit><allowRead>true</allowRead><modifyAllRecords>false"
    "</modifyAllRecords><object>{}</object><viewAllRecords>false</viewAllRecords>"
    "</objectPermissions>"
)


def permission_set(inner, name="Set"):
    definition = document("PermissionSet", f"<label>{name}</label>{inner}")
    files = {f"permissionsets/{name}.permissionset": definition}
    return package(manifest(PermissionSet=[name]), files)


def permission(name, *, editable="true"):
    return (
        f"<fieldPermissions><editable>{editable}</editable><field>{name}</field>"
        "<readable>true</readable></fieldPermissions>"
    )


def assign(organisation, session, name="Set"):
    soql = f"SELECT Id FROM PermissionSet WHERE Name = '{name}'"
    set_id = next(organisation.query(soql, session).records("60.0"))["Id"]
    values = {"AssigneeId": session.user_id, "PermissionSetId": set_id}
    organisation.create("PermissionSetAssignment", values, session)


def object_package(*fields):
    inner = OBJECT + "".join(fields)
    members = {"CustomObject": ["Visit__c"]}
    return package(
        manifest(**members), {"objects/Visit__c.object": document("CustomObject", inner)}
    )


def test_custom_object_keeps_records_when_it_was_granted(deploy, organisation, session, rows):
    job = deploy(object_package(field("Place__c", "Text", "<length>40</length>")))
    assert job.success, job.messages
    assert [m.component_type for m in job.messages[:2]] == ["CustomObject", "CustomField"]
    deploy(permission_set(permission("Visit__c.Place__c") + RIGHTS.format("Visit__c")))
    with pytest.raises(SalesforceError, match="does not exist"):
        organisation.describe("Visit__c", session, "60.0")
    assign(organisation, session)

    described = organisation.describe("Visit__c", session, "60.0")
    assert (described["label"], described["keyPrefix"], described["custom"]) == (
        "Visit",
        "a00",
        True,
    )
    visit = organisation.create("Visit__c", {"Name": "First", "Place__c": "Berlin"}, session)
    assert visit.startswith("a00")
    assert rows("SELECT Name, Place__c, Owner.Name FROM Visit__c")[0]["Place__c"] == "Berlin"


def test_second_custom_object_gets_the_next_prefix(deploy, organisation):
    deploy(object_package())
    other = document("CustomObject", OBJECT.replace("Visit", "Call"))
    deploy(package(manifest(CustomObject=["Call__c"]), {"objects/Call__c.object": other}))
    assert [organisation.catalogue.get(name).prefix for name in ("Visit__c", "Call__c")] == [
        "a00",
        "a01",
    ]


def test_custom_object_goes_with_all_that_belongs_to_it(deploy, organisation, rows):
    deploy(object_package(field("Place__c", "Text", "<length>40</length>")))
    deploy(permission_set(RIGHTS.format("Visit__c")))
    removal = {"destructiveChanges.xml": manifest(CustomObject=["Visit__c"])}
    assert deploy(package(manifest(), removal)).success
    assert organisation.catalogue.find("Visit__c") is None
    assert rows("SELECT Id FROM ObjectPermissions WHERE SobjectType = 'Visit__c'") == []
    assert deploy(object_package()).success


@pytest.mark.parametrize("missing", ["pluralLabel", "nameField", "sharingModel"])
def test_custom_object_is_refused_when_something_is_missing(deploy, problems, missing):
    start, _, rest = OBJECT.partition(f"<{missing}>")
    inner = start + rest.partition(f"</{missing}>")[2]
    files = {"objects/Visit__c.object": document("CustomObject", inner)}
    job = deploy(package(manifest(CustomObject=["Visit__c"]), files))
    assert problems(job) == {"Visit__c": f"Must specify a {missing} for CustomObject Visit__c"}


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        (permission("Lead.Nope__c"), "In field: field - no CustomField named Lead.Nope__c found"),
        (permission("Lead.LastName"), "You cannot deploy to a required field: Lead.LastName"),
        (permission("Lead.Must__c"), "You cannot deploy to a required field: Lead.Must__c"),
        (permission("Lead.Sum__c"), "Field Lead.Sum__c is not editable: it is read only"),
        (RIGHTS.format("Nope__c"), "In field: object - no CustomObject named Nope__c found"),
        (
            RIGHTS.format("Lead").replace("<allowRead>true", "<allowRead>false"),
            "Permission Create Lead depends on permission(s): Read Lead",
        ),
        (
            "<pageAccesses><apexPage>Nope</apexPage><enabled>true</enabled></pageAccesses>",
            "In field: apexPage - no ApexPage named Nope found",
        ),
        (
            "<tabSettings><tab>Nope</tab><visibility>Visible</visibility></tabSettings>",
            "In field: tab - no CustomTab named Nope found",
        ),
        (
            "<userPermissions><enabled>true</enabled><name>RuleTheWorld</name></userPermissions>",
            "Unknown user permission: RuleTheWorld",
        ),
    ],
)
def test_permission_set_is_refused_in_salesforces_words(
    deploy, organisation, problems, inner, problem
):
    deploy(
        fields_package(
            "Lead",
            field("Must__c", "Text", "<length>9</length><required>true</required>"),
            formula("Sum__c", "Number", "1 + 1"),
        )
    )
    assert problems(deploy(permission_set(inner))) == {"Set": problem}


def test_permission_set_becomes_records_and_the_next_one_replaces_them(
    deploy, organisation, session, rows
):
    deploy(fields_package("Lead", field("A__c", "Date"), formula("B__c", "Number", "1")))
    allowed = "<userPermissions><enabled>true</enabled><name>ViewSetup</name></userPermissions>"
    both = permission("Lead.A__c") + permission("Lead.B__c", editable="false")
    deploy(permission_set(both + RIGHTS.format("Lead") + allowed))
    soql = (
        "SELECT Field, PermissionsEdit, PermissionsRead FROM FieldPermissions"
        " WHERE Parent.Name = 'Set' ORDER BY Field"
    )
    assert rows(soql) == [
        {"Field": "Lead.A__c", "PermissionsEdit": True, "PermissionsRead": True},
        {"Field": "Lead.B__c", "PermissionsEdit": False, "PermissionsRead": True},
    ]
    (found,) = rows("SELECT PermissionsViewSetup, Label FROM PermissionSet WHERE Name = 'Set'")
    assert found == {"PermissionsViewSetup": True, "Label": "Set"}
    assert not deploy(permission_set(both + RIGHTS.format("Lead") + allowed)).messages[0].changed
    assert deploy(permission_set(permission("Lead.A__c"))).messages[0].changed
    assert [row["Field"] for row in rows(soql)] == ["Lead.A__c"]
    (found,) = rows("SELECT PermissionsViewSetup FROM PermissionSet WHERE Name = 'Set'")
    assert found == {"PermissionsViewSetup": False}


def test_permission_set_goes_with_its_assignments(deploy, organisation, session, rows):
    deploy(fields_package("Lead", field("A__c", "Date")))
    deploy(permission_set(permission("Lead.A__c")))
    assign(organisation, session)
    removal = {"destructiveChanges.xml": manifest(PermissionSet=["Set"])}
    assert deploy(package(manifest(), removal)).success
    assert rows("SELECT Id FROM PermissionSet WHERE Name = 'Set'") == []
    assert rows("SELECT Id FROM FieldPermissions WHERE Field = 'Lead.A__c'") == []
    with pytest.raises(SalesforceError, match="No such column"):
        rows("SELECT A__c FROM Lead")


@pytest.mark.parametrize(
    ("path", "root", "inner", "problem"),
    [
        (
            "tabs/X.tab",
            "CustomTab",
            "<label>X</label><page>Nope</page>",
            "In field: page - no ApexPage named Nope found",
        ),
        (
            "tabs/X.tab",
            "CustomTab",
            "<url>https://a.example</url>",
            "Master label must be provided for non-custom object tabs",
        ),
        (
            "tabs/Nope__c.tab",
            "CustomTab",
            "<customObject>true</customObject>",
            "In field: fullName - no CustomObject named Nope__c found",
        ),
        (
            "remoteSiteSettings/X.remoteSite",
            "RemoteSiteSetting",
            SITE,
            "Invalid URL: app.example.com",
        ),
        (
            "layouts/Nope__c-Nope Layout.layout",
            "Layout",
            "",
            "In field: fullName - no CustomObject named Nope__c found",
        ),
        (
            "extlClntAppOauthSettings/X.ecaOauth",
            "ExtlClntAppOauthSettings",
            "<externalClientApplication>Nope</externalClientApplication>",
            "In field: externalClientApplication - no ExternalClientApplication named Nope found",
        ),
    ],
)
def test_component_is_refused_when_it_refers_to_nothing(
    deploy, problems, path, root, inner, problem
):
    name = path.partition("/")[2].rpartition(".")[0]
    job = deploy(package(manifest(**{root: [name]}), {path: document(root, inner)}))
    assert problems(job) == {name: problem}


def test_page_is_refused_when_its_definition_is_not_beside_it(deploy, problems):
    job = deploy(package(manifest(ApexPage=["X"]), {"pages/X.page": "<apex:page/>"}))
    assert problems(job)["X"] == "Missing metadata file: pages/X.page-meta.xml"


def test_connected_app_is_made_only_when_the_organisation_allows_it(deploy, organisation, problems):
    inner = "<label>App</label><contactEmail>a@example.com</contactEmail>"
    archive = package(
        manifest(ConnectedApp=["App"]),
        {"connectedApps/App.connectedApp": document("ConnectedApp", inner)},
    )
    assert "You can't create a connected app" in problems(deploy(archive))["App"]
    organisation.policies.change(connected_apps_creatable=True)
    assert deploy(archive).success


def test_templates_deploy_whole_and_a_second_time_change_nothing(deploy, organisation):
    root = recordings().parent / "metadata-templates" / "unpackaged"
    more = manifest(
        ConnectedApp=["Acme"],
        ExternalClientApplication=["Acme"],
        ExtlClntAppGlobalOauthSettings=["Acme_glbloauth"],
        ExtlClntAppOauthSettings=["Acme_oauth"],
    )
    types = more.partition("<types>")[2].rpartition("<version>")[0]
    whole = (root / "package.xml").read_text().replace("<version>", f"<types>{types}<version>")
    organisation.policies.change(connected_apps_creatable=True)
    job = deploy(folder_package(root, whole))
    assert job.success, job.messages
    assert job.total == job.deployed == 20
    assert all(message.changed for message in job.messages if message.component_type)
    assert not any(message.changed for message in deploy(folder_package(root, whole)).messages)


def test_package_for_the_connector_deploys_over_what_is_there(deploy, organisation):
    root = Path(__file__).parents[4] / "salesforce_package" / "metadata"
    job = deploy(folder_package(root))
    assert job.success, job.messages
    assert [m.created for m in job.messages if m.component_type == "PermissionSet"] == [True]
    assert not any(message.changed for message in deploy(folder_package(root)).messages)
    assert organisation.catalogue.get("Contact").field("Behavior_Score__c").label == (
        "Act-On Behavior Score"
    )


def test_jsforce_package_deploys_as_far_as_its_files_were_recorded(deploy, organisation):
    root = recordings("metadata", "jsforce")
    members = manifest(
        CustomField=["UpsertTable__c.ExtId__c"],
        CustomObject=["UpsertTable__c"],
        Report=["JSforceTestReports", "JSforceTestReports/Lead_List_Report"],
        Dashboard=["JSforceTestDashboards"],
        Settings=["OauthOidc"],
    )
    job = deploy(folder_package(root, members, without=("permissionsets", "Account_")))
    assert job.success, job.messages
    table = organisation.catalogue.get("UpsertTable__c")
    assert table.field("ExtId__c").external_id
    assert table.prefix == "a00"
