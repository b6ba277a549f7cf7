"""What a look at the set-up of an organisation finds through the Tooling API."""

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.metadata.operations import component_of
from salesforce_simulator.protocols.tooling.query import tooling_query


@pytest.fixture
def tooling(salesforce):
    """Run a query of the Tooling API."""
    return lambda soql: salesforce.toolingexecute("query", params={"q": soql})


def test_custom_fields_are_found_by_object_and_name(tooling, salesforce):
    answer = tooling(
        "SELECT Id, DeveloperName, TableEnumOrId, FullName, Metadata FROM CustomField"
        " WHERE TableEnumOrId = 'Lead' AND DeveloperName = 'ActOn_Record_Id'"
    )
    assert answer["entityTypeName"] == "CustomField"
    assert (answer["size"], answer["totalSize"], answer["done"]) == (1, 1, True)
    assert answer["queryLocator"] is None
    (record,) = answer["records"]
    assert record["FullName"] == "Lead.ActOn_Record_Id__c"
    assert record["Metadata"]["type"] == "Text"
    url = f"/services/data/v60.0/tooling/sobjects/CustomField/{record['Id']}"
    assert record["attributes"] == {"type": "CustomField", "url": url}
    read = salesforce.toolingexecute(f"sobjects/CustomField/{record['Id']}")
    assert read["FullName"] == record["FullName"]


@pytest.mark.parametrize("field", ["FullName", "Metadata"])
def test_definition_is_told_of_one_record_at_a_time(tooling, field):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        tooling(f"SELECT Id, {field} FROM CustomField")
    error = caught.value.content[0]
    assert error["errorCode"] == "MALFORMED_QUERY"
    assert "no more than one row" in error["message"]


def test_fields_are_found_by_the_object_above_them(tooling, salesforce):
    records = tooling(
        "SELECT QualifiedApiName, DataType, Length, EntityDefinition.QualifiedApiName"
        " FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Lead'"
    )["records"]
    described = {field["name"] for field in salesforce.Lead.describe()["fields"]}
    assert {record["QualifiedApiName"] for record in records} == described
    types = {record["QualifiedApiName"]: record["DataType"] for record in records}
    assert (types["Email"], types["Company"]) == ("Email", "Text(255)")
    assert types["OwnerId"] == "Lookup(Group,User)"
    assert records[0]["EntityDefinition"]["QualifiedApiName"] == "Lead"


def test_entities_and_layouts_are_those_of_the_organisation(tooling, salesforce):
    entity = tooling(
        "SELECT KeyPrefix, IsLayoutable FROM EntityDefinition WHERE QualifiedApiName = 'Contact'"
    )["records"][0]
    assert (entity["KeyPrefix"], entity["IsLayoutable"]) == ("003", True)
    layout = tooling("SELECT Id, Name, Metadata FROM Layout WHERE EntityDefinitionId = 'Contact'")[
        "records"
    ][0]
    described = salesforce.restful("sobjects/Contact/describe/layouts")["layouts"][0]
    assert (layout["Id"], layout["Name"]) == (described["id"], "Contact Layout")
    headings = [section["label"] for section in layout["Metadata"]["layoutSections"]]
    assert headings[0] == "Contact Information"


@pytest.mark.parametrize(
    "name", ["RemoteProxy", "ApexPage", "WebLink", "CustomTab", "PermissionSet"]
)
def test_every_kind_of_set_up_can_be_counted(tooling, name):
    answer = tooling(f"SELECT COUNT() FROM {name}")
    assert answer["records"] == []
    assert answer["totalSize"] == len(tooling(f"SELECT Id FROM {name}")["records"])


def test_columns_of_a_query_are_told_instead_of_its_records(salesforce):
    soql = "SELECT QualifiedApiName, EntityDefinition.Label FROM FieldDefinition"
    answer = salesforce.toolingexecute("query", params={"q": soql, "columns": "true"})
    name, entity = answer["columnMetadata"]
    assert (answer["entityName"], name["columnName"]) == ("FieldDefinition", "QualifiedApiName")
    assert [inner["columnName"] for inner in entity["joinColumns"]] == ["Label"]


def test_installed_packages_are_none(tooling):
    soql = (
        "SELECT SubscriberPackage.Id, SubscriberPackage.NamespacePrefix,"
        " SubscriberPackageVersion.MajorVersion, SubscriberPackageVersion.IsManaged,"
        " SubscriberPackageVersionId"
        " FROM InstalledSubscriberPackage"
    )
    answer = tooling(soql)
    assert (answer["size"], answer["records"]) == (0, [])


def test_objects_of_the_tooling_api_are_described(salesforce):
    listed = salesforce.toolingexecute("sobjects")["sobjects"]
    assert {"CustomField", "Layout", "RemoteProxy"} <= {entry["name"] for entry in listed}
    entry = next(entry for entry in listed if entry["name"] == "Layout")
    assert entry["urls"]["describe"] == "/services/data/v60.0/tooling/sobjects/Layout/describe"
    fields = salesforce.toolingexecute("sobjects/Layout/describe")["fields"]
    assert {"TableEnumOrId", "Metadata"} <= {field["name"] for field in fields}


def test_custom_field_is_described_as_the_other_objects_are(salesforce):
    fields = salesforce.toolingexecute("sobjects/CustomField/describe")["fields"]
    assert {"DeveloperName", "TableEnumOrId", "Metadata"} <= {field["name"] for field in fields}


def test_unknown_object_or_record_is_not_found(tooling, salesforce):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        tooling("SELECT Id FROM Nothing")
    assert caught.value.content[0]["errorCode"] == "INVALID_TYPE"
    for path in (
        "sobjects/Nothing/describe",
        "sobjects/Layout/00hHs0000zzzzzz",
        "sobjects/Layout/'",
    ):
        with pytest.raises(SalesforceResourceNotFound):
            salesforce.toolingexecute(f"sobjects/{path}")


def test_deployed_remote_site_and_button_are_found(tmp_path):
    organisation = Organisation.open(tmp_path / "org", seed="leads:1")
    given = organisation.credentials()
    session = organisation.login(given["username"], given["password"] + given["security_token"])
    site = {"fullName": "Act_On", "url": "https://example.com", "isActive": "true"}
    site["disableProtocolSecurity"] = "false"
    button = {
        "fullName": "Lead.Prospect",
        "masterLabel": "Prospect",
        "linkType": "url",
        "displayType": "button",
        "openType": "sidebar",
        "url": "https://example.com/p",
        "availability": "online",
        "protected": "false",
    }
    components = [
        component_of(kind, names["fullName"], Node(kind, children=_leaves(names)))
        for kind, names in (("RemoteSiteSetting", site), ("WebLink", button))
    ]
    outcomes = organisation.metadata.save(session, components, create=True, update=False)
    assert all(outcome.success for outcome in outcomes), outcomes

    def first(soql):
        return tooling_query(organisation, session, soql, "60.0")["records"][0]

    found = first("SELECT SiteName, EndpointUrl, IsActive, Metadata FROM RemoteProxy")
    assert (found["SiteName"], found["EndpointUrl"]) == ("Act_On", "https://example.com")
    assert found["IsActive"] is True
    assert found["Metadata"]["url"] == "https://example.com"
    link = first("SELECT Name, Url, EntityDefinition.QualifiedApiName FROM WebLink")
    assert (link["Name"], link["Url"]) == ("Prospect", "https://example.com/p")
    assert link["EntityDefinition"]["QualifiedApiName"] == "Lead"
    organisation.close()


def _leaves(values):
    return tuple(leaf(name, value) for name, value in values.items() if name != "fullName")
