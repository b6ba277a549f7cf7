"""Fields and objects that administrators add last, change and go."""

import sqlite3
from dataclasses import replace

import pytest

from salesforce_simulator.organisation.catalogue import Field, SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.organisation import Organisation

# Not permissionable, so that everyone sees them at once.
CODE = Field(
    "Code__c", "Code", "string", length=20, createable=True, updateable=True, nillable=True
)
NUMBERS_OF_LEAD = "SELECT Code__c FROM Lead WHERE Id = '{}'"


def value_of(organisation, session, lead):
    soql = NUMBERS_OF_LEAD.format(lead)
    return next(organisation.query(soql, session).records("60.0"))["Code__c"]


def reopened(organisation, tmp_path):
    organisation.close()
    return Organisation.open(tmp_path / "org")


def test_custom_field_and_its_values_are_there_after_a_restart(
    organisation, session, lead, tmp_path
):
    organisation.customise("Lead", [CODE])
    organisation.update("Lead", lead, {"Code__c": "A1"}, session)
    again = reopened(organisation, tmp_path)
    assert again.catalogue.get("Lead").field("code__c") == CODE
    assert value_of(again, session, lead) == "A1"
    again.close()


def test_field_keeps_its_values_when_it_becomes_a_number(organisation, session, lead):
    organisation.customise("Lead", [CODE])
    organisation.update("Lead", lead, {"Code__c": "42"}, session)
    number = replace(CODE, type="double", length=0, precision=18)
    organisation.customise("Lead", [number])
    assert value_of(organisation, session, lead) == 42
    found = organisation.query("SELECT Id FROM Lead WHERE Code__c > 41", session)
    assert [record["Id"] for record in found.records("60.0")] == [lead]


def test_unique_field_refuses_a_second_record_with_its_value(organisation, session, lead):
    organisation.customise("Lead", [replace(CODE, unique=True, external_id=True)])
    organisation.update("Lead", lead, {"Code__c": "A1"}, session)
    values = {"LastName": "Other", "Company": "Other", "Code__c": "a1"}
    with pytest.raises(SalesforceError) as error:
        organisation.create("Lead", values, session)
    assert error.value.code == "DUPLICATE_VALUE"
    found, created = organisation.upsert("Lead", "Code__c", "A1", {"Title": "Dr"}, session)
    assert (found, created) == (lead, False)


def test_removed_field_is_gone_with_its_values(organisation, session, lead, tmp_path):
    organisation.customise("Lead", [CODE])
    organisation.update("Lead", lead, {"Code__c": "A1"}, session)
    organisation.remove_field("Lead", "Code__c")
    with pytest.raises(SalesforceError, match="No such column 'Code__c'"):
        organisation.query("SELECT Code__c FROM Lead", session)
    organisation.customise("Lead", [CODE])
    assert value_of(organisation, session, lead) is None
    again = reopened(organisation, tmp_path)
    assert again.catalogue.get("Lead").field("Code__c") == CODE
    again.close()


def test_standard_field_is_not_to_be_removed(organisation):
    with pytest.raises(SalesforceError):
        organisation.remove_field("Lead", "Phone")
    assert organisation.catalogue.get("Lead").field("Phone")


def test_package_field_can_be_removed_for_good(organisation, tmp_path):
    organisation.remove_field("Lead", "ActOn_Record_Id__c")
    again = reopened(organisation, tmp_path)
    assert again.catalogue.get("Lead").field("ActOn_Record_Id__c") is None
    assert again.catalogue.get("Contact").field("ActOn_Record_Id__c")
    again.close()


def test_custom_object_can_be_used_and_leads_to_its_parent(organisation, session, lead, tmp_path):
    to_lead = Field(
        "Lead__c",
        "Lead",
        "reference",
        length=18,
        reference_to=("Lead",),
        relationship="Lead__r",
        createable=True,
        updateable=True,
        nillable=True,
        child_names=(("Lead", "Visits__r"),),
    )
    standard = [organisation.catalogue.get("Campaign").field(n) for n in ("Id", "SystemModstamp")]
    name = Field("Name", "Name", "string", length=80, is_name=True, createable=True, nillable=True)
    abilities = frozenset({"create", "update", "delete"})
    visit = SObject(
        "Visit__c", "Visit", "Visits", "a00", abilities, (standard[0], name, to_lead, standard[1])
    )
    organisation.add_object(visit)
    everything = {"PermissionsCreate": True, "PermissionsRead": True, "PermissionsDelete": True}
    parent = next(
        organisation.query(
            "SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'", session
        ).records("60.0")
    )["Id"]
    rights = {"ParentId": parent, "SobjectType": "Visit__c", **everything}
    organisation.create("ObjectPermissions", rights, session)
    made = organisation.create("Visit__c", {"Name": "First", "Lead__c": lead}, session)
    assert made.startswith("a00")
    soql = f"SELECT (SELECT Name FROM Visits__r) FROM Lead WHERE Id = '{lead}'"
    (found,) = organisation.query(soql, session).records("60.0")
    assert [row["Name"] for row in found["Visits__r"]["records"]] == ["First"]
    again = reopened(organisation, tmp_path)
    (found,) = again.query("SELECT Lead__r.Email FROM Visit__c", session).records("60.0")
    assert found["Lead__r"]["Email"] == "ada@example.com"
    again.remove_object("Visit__c")
    with pytest.raises(SalesforceError, match="'Visit__c' is not supported"):
        again.query("SELECT Id FROM Visit__c", session)
    again.close()


def test_organisation_of_an_older_program_gets_what_is_new(organisation, session, lead, tmp_path):
    organisation.close()
    database = sqlite3.connect(tmp_path / "org" / "organisation.sqlite3")
    for table in ("PermissionSet", "FieldPermissions", "ObjectPermissions"):
        database.execute(f"DROP TABLE {table}")
    database.execute("DELETE FROM org_object")
    database.execute('ALTER TABLE "Lead" DROP COLUMN "Rating"')
    database.commit()
    database.close()
    again = Organisation.open(tmp_path / "org")
    whole = again.get("Lead", lead, session, None, "60.0")
    assert whole["Email"] == "ada@example.com"
    assert {"Rating", "ActOn_Record_Id__c", "HasOptedOutOfEmail"} <= set(whole)
    again.close()
