"""The metadata for an organisation: whole, and the same as the local organisation describes."""

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from django.conf import settings

from connectors.salesforce import API_VERSION
from sync.engine.push_rows import EXTERNAL_ID_FIELD

FOLDER = Path(settings.BASE_DIR) / "salesforce_package" / "metadata"
NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
SOBJECTS = ["Contact", "Lead"]
FIELDS = {"ActOn_Record_Id__c", "Behavior_Score__c", "Owner_ID__c"}
ROOTS = {".xml": "Package", ".object": "CustomObject", ".permissionset": "PermissionSet"}


def read(path: str) -> Element:
    return ElementTree.parse(FOLDER / path).getroot()


def texts(element: Element, *path: str) -> list[str]:
    """Return the texts at a path of element names."""
    found = element.findall("/".join(f"{NAMESPACE}{name}" for name in path))
    return [each.text or "" for each in found]


def as_dict(element: Element) -> dict[str, str]:
    return {child.tag.removeprefix(NAMESPACE): child.text or "" for child in element}


def fields_of(sobject: str) -> dict[str, dict[str, str]]:
    found = [as_dict(field) for field in read(f"objects/{sobject}.object")]
    return {field["fullName"]: field for field in found}


def permissions() -> dict[str, dict[str, str]]:
    root = read("permissionsets/ActOn_Connector.permissionset")
    found = [as_dict(each) for each in root.findall(f"{NAMESPACE}fieldPermissions")]
    assert len({each["field"] for each in found}) == len(found)
    return {each["field"]: each for each in found}


@pytest.fixture
def described(local_org):
    """The fields of the local organisation's objects, by object and name."""
    client = local_org.client()
    return {
        name: {field["name"]: field for field in getattr(client, name).describe()["fields"]}
        for name in SOBJECTS
    }


def test_every_file_is_well_formed_and_one_that_salesforce_deploys() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]

    # The command line tool sends whatever lies in the folder.
    assert {path.suffix for path in files} == set(ROOTS)
    for path in files:
        assert read(str(path.relative_to(FOLDER))).tag == NAMESPACE + ROOTS[path.suffix]


def test_package_names_every_component_and_no_other() -> None:
    package = read("package.xml")
    named = {
        texts(types, "name")[0]: sorted(texts(types, "members"))
        for types in package.findall(f"{NAMESPACE}types")
    }
    objects = sorted(path.stem for path in (FOLDER / "objects").iterdir())
    sets = sorted(path.stem for path in (FOLDER / "permissionsets").iterdir())

    assert named == {
        "CustomField": sorted(f"{each}.{name}" for each in objects for name in fields_of(each)),
        "PermissionSet": sets,
    }
    assert texts(package, "version") == [API_VERSION]


@pytest.mark.parametrize("sobject", SOBJECTS)
def test_fields_are_those_that_the_engine_writes(sobject: str) -> None:
    assert set(fields_of(sobject)) == FIELDS
    assert EXTERNAL_ID_FIELD in FIELDS


def test_lead_and_contact_have_fields_with_the_same_labels() -> None:
    labels = [
        {name: field["label"] for name, field in fields_of(each).items()} for each in SOBJECTS
    ]
    assert labels[0] == labels[1]


@pytest.mark.parametrize("sobject", SOBJECTS)
def test_fields_have_the_types_that_the_local_organisation_describes(
    sobject: str, described
) -> None:
    for name, field in fields_of(sobject).items():
        found = described[sobject][name]
        expected = {
            "calculatedFormula": field.get("formula"),
            "externalId": field.get("externalId", "false") == "true",
            "unique": field.get("unique", "false") == "true",
            "caseSensitive": field.get("caseSensitive", "false") == "true",
            "nillable": field.get("required", "false") == "false",
        }
        if field["type"] == "Number":
            sizes = {"precision": int(field["precision"]), "scale": int(field["scale"])}
            expected |= {"type": "double", **sizes}
        else:
            # Salesforce gives every text formula the same length.
            length = int(field["length"]) if "formula" not in field else 1300
            expected |= {"type": "string", "length": length}
        assert {key: found[key] for key in expected} == expected


def test_permission_set_opens_every_field_that_can_be_hidden(described) -> None:
    opened = permissions()

    custom = {f"{sobject}.{name}" for sobject in SOBJECTS for name in fields_of(sobject)}
    opt_outs = {f"{sobject}.HasOptedOutOfEmail" for sobject in SOBJECTS}
    assert set(opened) == custom | opt_outs
    for full_name, permission in opened.items():
        sobject, name = full_name.split(".")
        field = described[sobject][name]
        # Salesforce refuses a set that opens what cannot be hidden, or a formula for writing.
        assert field["permissionable"], full_name
        assert permission["readable"] == "true"
        assert permission["editable"] == str(field["updateable"]).lower(), full_name


def test_bounce_fields_need_no_permission(described) -> None:
    for sobject in SOBJECTS:
        for name in ("EmailBouncedReason", "EmailBouncedDate"):
            assert not described[sobject][name]["permissionable"]
            assert described[sobject][name]["updateable"]
