"""Layouts as DescribeLayoutResult of the partner WSDL has them."""

import re

import pytest
from defusedxml import ElementTree

from salesforce_simulator.organisation.layouts import Layout
from salesforce_simulator.organisation.layouts.describe import describe_layout
from salesforce_simulator.organisation.organisation import Organisation
from tests.salesforce_simulator.recorded import recordings

MASTER = "012000000000000AAA"
XSD = "{http://www.w3.org/2001/XMLSchema}"
# REST tells these too; the WSDL of version 47 does not.
REST_ALONE = {"multirowEditLayoutSections", "offlineLinks", "urls", "details"}


@pytest.fixture(scope="module")
def wsdl():
    """Elements by complex type of the partner WSDL, those of a base type included."""
    root = ElementTree.parse(recordings("wsdl/partner.wsdl.xml")).getroot()
    types = {each.get("name"): each for each in root.iter(f"{XSD}complexType")}

    def elements(name):
        own = {e.get("name") for e in types[name].iter(f"{XSD}element") if e.get("name")}
        bases = [e.get("base") for e in types[name].iter(f"{XSD}extension")]
        return own.union(*(elements(base.removeprefix("tns:")) for base in bases))

    return elements


@pytest.fixture
def layouts(salesforce):
    """Describe the layouts of an object, all or one."""
    return lambda name, record_type="": salesforce.restful(
        f"sobjects/{name}/describe/layouts/{record_type}"
    )


def components(section):
    return [
        component
        for row in section["layoutRows"]
        for item in row["layoutItems"]
        for component in item["layoutComponents"]
    ]


def test_layout_has_the_elements_of_the_wsdl(layouts, wsdl):
    result = layouts("Lead")
    assert result.keys() - REST_ALONE == wsdl("DescribeLayoutResult")
    (layout,) = result["layouts"]
    assert layout.keys() - REST_ALONE == wsdl("DescribeLayout")
    (mapping,) = result["recordTypeMappings"]
    assert mapping.keys() - REST_ALONE == wsdl("RecordTypeMapping")
    assert mapping["picklistsForRecordType"][0].keys() == wsdl("PicklistForRecordType")
    button = layout["buttonLayoutSection"]["detailButtons"][0]
    assert button.keys() == wsdl("DescribeLayoutButton")
    section = layout["detailLayoutSections"][0]
    assert section.keys() == wsdl("DescribeLayoutSection")
    row = section["layoutRows"][0]
    assert row.keys() == wsdl("DescribeLayoutRow")
    assert row["layoutItems"][0].keys() == wsdl("DescribeLayoutItem")
    for component in components(section):
        known = wsdl("DescribeLayoutComponent") | wsdl("FieldLayoutComponent")
        assert component.keys() - REST_ALONE <= known


def test_layout_of_leads_shows_a_name_and_an_address_of_parts(layouts, salesforce):
    layout = layouts("Lead", MASTER)
    assert layout == layouts("Lead")["layouts"][0]
    assert re.fullmatch("00h[0-9A-Za-z]{15}", layout["id"])
    headings = [section["heading"] for section in layout["detailLayoutSections"]]
    assert headings[:2] == ["Lead Information", "Address Information"]
    shown = {c["value"]: c for s in layout["detailLayoutSections"] for c in components(s)}
    assert shown["Name"]["fieldType"] == "personname"
    parts = [part["value"] for part in shown["Name"]["components"]]
    assert sorted(parts) == ["FirstName", "LastName", "Salutation"]
    address = {part["value"] for part in shown["Address"]["components"]}
    assert address == {"Street", "City", "State", "PostalCode", "Country"}
    assert {"Phone", "Email", "Company", "Status", "Description"} <= shown.keys()
    described = {field["name"]: field for field in salesforce.Lead.describe()["fields"]}
    assert shown["Email"]["details"] == described["Email"]
    kinds = {c["type"] for s in layout["detailLayoutSections"] for c in components(s)}
    assert kinds == {"Field", "EmptySpace", "Separator"}


def test_every_item_says_whether_it_can_be_written(layouts):
    sections = layouts("Contact", MASTER)["editLayoutSections"]
    items = {
        item["layoutComponents"][0]["value"]: item
        for section in sections
        for row in section["layoutRows"]
        for item in row["layoutItems"]
        if item["layoutComponents"]
    }
    assert items["Name"]["required"]
    assert items["Name"]["editableForNew"]
    assert not items["CreatedById"]["editableForUpdate"]
    assert items["AccountId"]["label"] == "Account"
    assert items[None]["placeholder"]


def test_every_layoutable_object_has_the_layouts_that_its_describe_promises(salesforce):
    for entry in salesforce.describe()["sobjects"]:
        for name in ("layouts", "compactLayouts", "approvalLayouts"):
            if name in entry["urls"]:
                path = entry["urls"][name].partition("/v60.0/")[2]
                assert salesforce.restful(path), path


def test_layouts_are_asked_for_one_by_one_when_there_are_several_record_types(layouts, salesforce):
    made = salesforce.RecordType.create(
        {"Name": "Partner", "DeveloperName": "Partner", "SobjectType": "Campaign"}
    )
    salesforce.RecordType.update(made["id"], {"IsActive": True})
    try:
        result = layouts("Campaign")
        assert result["layouts"] is None
        assert result["recordTypeSelectorRequired"] == [True]
        assert [m["name"] for m in result["recordTypeMappings"]] == ["Master", "Partner"]
        infos = salesforce.Campaign.describe()["recordTypeInfos"]
        assert [info["recordTypeId"] for info in infos] == [MASTER, made["id"]]
        layout = layouts("Campaign", made["id"])
        assert layout["id"] == result["recordTypeMappings"][1]["layoutId"]
    finally:
        salesforce.RecordType.update(made["id"], {"IsActive": False})


@pytest.mark.parametrize(
    "path",
    [
        "sobjects/Nothing/describe/layouts",
        "sobjects/Organization/describe/layouts",
        "sobjects/Lead/describe/layouts/012000000000001AAA",
        "sobjects/Lead/describe/layouts/nonsense",
        "sobjects/Lead/describe/namedLayouts/Nothing",
    ],
)
def test_layout_is_not_found_when_there_is_none(salesforce, path):
    reply = salesforce.session.get(salesforce.base_url + path, headers=salesforce.headers)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")


@pytest.fixture
def organisation(tmp_path):
    opened = Organisation.open(tmp_path / "org", seed="leads:1")
    yield opened
    opened.close()


def test_changed_layout_is_kept_and_shown_without_the_fields_that_are_not_seen(
    organisation, tmp_path
):
    lead = organisation.catalogue.get("Lead")
    (standard,) = organisation.layouts.of(lead)
    section = {
        "label": "Marketing",
        "detailHeading": True,
        "editHeading": True,
        "style": "TwoColumnsLeftToRight",
        "layoutColumns": [
            {"layoutItems": [{"field": "Email", "behavior": "Edit"}, {"page": "Prospect"}]},
            {"layoutItems": [{"field": "Gone__c", "behavior": "Edit"}]},
        ],
    }
    content = {
        "layoutSections": [section],
        "customButtons": ["Send_Email"],
        "excludeButtons": ["Delete"],
        "relatedLists": [{"relatedList": "CampaignMembers", "fields": ["Status"]}],
    }
    organisation.layouts.put(Layout("Lead", standard.name, content))
    organisation.close()
    again = Organisation.open(tmp_path / "org")
    (changed,) = again.layouts.of(lead)
    assert changed == Layout("Lead", standard.name, content, standard.id)
    described = describe_layout(lead, again.catalogue, changed)
    (shown,) = described["detailLayoutSections"]
    assert (shown["heading"], shown["columns"], shown["rows"]) == ("Marketing", 2, 2)
    assert [c["value"] for c in components(shown)] == ["Email", "Prospect"]
    buttons = {b["name"]: b for b in described["buttonLayoutSection"]["detailButtons"]}
    assert buttons["Send_Email"]["custom"]
    assert "Delete" not in buttons
    (members,) = described["relatedLists"]
    assert (members["sobject"], members["columns"][0]["name"]) == ("CampaignMember", "Status")
    again.close()


def test_record_type_shows_the_layout_that_was_assigned_to_it(organisation):
    lead = organisation.catalogue.get("Lead")
    (standard,) = organisation.layouts.of(lead)
    other = organisation.layouts.put(Layout("Lead", "Other", {"layoutSections": []}))
    organisation.layouts.assign(other, MASTER)
    assert organisation.layouts.assigned(lead, MASTER) == other
    organisation.layouts.remove(other)
    assert organisation.layouts.assigned(lead, MASTER) == standard
    assert organisation.layouts.find(lead, "OTHER") is None
