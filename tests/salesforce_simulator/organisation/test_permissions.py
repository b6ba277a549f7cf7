"""What a user may not see does not exist for him, and comes into being when it is granted."""

import pytest

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.errors import SalesforceError

SHOE_SIZE = Field(
    "Shoe_Size__c",
    "Shoe Size",
    "double",
    precision=4,
    scale=1,
    createable=True,
    updateable=True,
    nillable=True,
    permissionable=True,
)


@pytest.fixture
def ids(organisation, session):
    """Return the ids that a query finds."""

    def find(soql):
        return [record["Id"] for record in organisation.query(soql, session).records("60.0")]

    return find


@pytest.fixture
def permission_set(organisation, session):
    """A permission set that the integration user has."""
    made = organisation.create("PermissionSet", {"Name": "Extra", "Label": "Extra"}, session)
    organisation.create(
        "PermissionSetAssignment",
        {"PermissionSetId": made, "AssigneeId": session.user_id},
        session,
    )
    return made


def grant(organisation, session, parent, field, **rights):
    values = {"ParentId": parent, "SobjectType": field.split(".")[0], "Field": field}
    return organisation.create("FieldPermissions", {**values, **rights}, session)


def field_names(organisation, session, sobject="Lead"):
    return {field["name"] for field in organisation.describe(sobject, session, "60.0")["fields"]}


def profile_grant(ids, field, profile="System Administrator"):
    (found,) = ids(
        f"SELECT Id FROM FieldPermissions WHERE Field = '{field}'"
        f" AND Parent.Profile.Name = '{profile}'"
    )
    return found


def test_field_is_gone_everywhere_when_its_permission_is_deleted(
    organisation, session, ids, lead, read
):
    organisation.delete("FieldPermissions", profile_grant(ids, "Lead.HasOptedOutOfEmail"), session)
    assert "HasOptedOutOfEmail" not in field_names(organisation, session)
    assert "HasOptedOutOfEmail" in field_names(organisation, session, "Contact")
    with pytest.raises(SalesforceError, match="No such column 'HasOptedOutOfEmail' on entity"):
        organisation.query("SELECT HasOptedOutOfEmail FROM Lead", session)
    with pytest.raises(SalesforceError, match="No such column 'HasOptedOutOfEmail' on sobject"):
        organisation.update("Lead", lead, {"HasOptedOutOfEmail": True}, session)
    whole = organisation.get("Lead", lead, session, None, "60.0")
    assert "HasOptedOutOfEmail" not in whole
    assert "Email" in whole


def test_field_can_be_read_and_not_written_when_only_reading_is_granted(
    organisation, session, ids, lead
):
    change = {"PermissionsEdit": False}
    organisation.update("FieldPermissions", profile_grant(ids, "Lead.Phone"), change, session)
    described = organisation.describe("Lead", session, "60.0")["fields"]
    (phone,) = (field for field in described if field["name"] == "Phone")
    assert (phone["createable"], phone["updateable"]) == (False, False)
    with pytest.raises(SalesforceError, match="Unable to create/update fields: Phone") as error:
        organisation.update("Lead", lead, {"Phone": "1"}, session)
    assert error.value.code == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_object_is_unknown_when_reading_it_is_not_granted(organisation, session, ids):
    (found,) = ids(
        "SELECT Id FROM ObjectPermissions WHERE SobjectType = 'Lead'"
        " AND Parent.Profile.Name = 'System Administrator'"
    )
    organisation.update("ObjectPermissions", found, {"PermissionsRead": False}, session)
    with pytest.raises(SalesforceError, match="sObject type 'Lead' is not supported") as error:
        organisation.query("SELECT Id FROM Lead", session)
    assert error.value.code == "INVALID_TYPE"
    names = {item["name"] for item in organisation.describe_global(session, "60.0")["sobjects"]}
    assert "Lead" not in names
    assert "Contact" in names


def test_new_field_is_seen_by_nobody_until_a_permission_set_grants_it(
    organisation, session, permission_set, lead, read
):
    organisation.customise("Lead", [SHOE_SIZE])
    assert "Shoe_Size__c" not in field_names(organisation, session)
    grant(organisation, session, permission_set, "Lead.Shoe_Size__c", PermissionsEdit=True)
    assert "Shoe_Size__c" in field_names(organisation, session)
    organisation.update("Lead", lead, {"Shoe_Size__c": "42.5"}, session)
    found = read(f"SELECT Shoe_Size__c FROM Lead WHERE Id = '{lead}'")
    assert found["Shoe_Size__c"] == 42.5


def test_grant_ends_when_the_assignment_is_deleted(organisation, session, permission_set, ids):
    organisation.customise("Lead", [SHOE_SIZE])
    grant(organisation, session, permission_set, "Lead.Shoe_Size__c", PermissionsRead=True)
    (assignment,) = ids(
        f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = '{permission_set}'"
    )
    organisation.delete("PermissionSetAssignment", assignment, session)
    assert "Shoe_Size__c" not in field_names(organisation, session)


def test_permission_set_takes_its_grants_along_when_it_is_deleted(
    organisation, session, permission_set, ids
):
    grant(organisation, session, permission_set, "Lead.Phone", PermissionsRead=True)
    organisation.delete("PermissionSet", permission_set, session)
    assert not ids(f"SELECT Id FROM FieldPermissions WHERE ParentId = '{permission_set}'")
    assert not ids(f"SELECT Id FROM PermissionSet WHERE Id = '{permission_set}'")


@pytest.mark.parametrize("field", ["Lead.LastName", "Lead.Unknown__c", "Contact.Phone"])
def test_field_permission_is_refused_when_the_object_has_no_such_field_to_hide(
    organisation, session, permission_set, field
):
    values = {"ParentId": permission_set, "SobjectType": "Lead", "Field": field}
    with pytest.raises(SalesforceError) as error:
        organisation.create("FieldPermissions", values, session)
    assert error.value.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_right_to_edit_a_formula_is_refused(organisation, session, permission_set):
    with pytest.raises(SalesforceError) as error:
        grant(organisation, session, permission_set, "Lead.Owner_ID__c", PermissionsEdit=True)
    assert error.value.code == "FIELD_INTEGRITY_EXCEPTION"


def test_user_permits_what_one_of_his_sets_permits(organisation, session, permission_set):
    assert organisation.permits(session, "ModifyMetadata")
    assert not organisation.permits(session, "BulkApiHardDelete")
    change = {"PermissionsBulkApiHardDelete": True}
    organisation.update("PermissionSet", permission_set, change, session)
    assert organisation.permits(session, "BulkApiHardDelete")


@pytest.fixture
def colleague(organisation, session, ids):
    """A session of somebody with the standard profile."""
    (profile,) = ids("SELECT Id FROM Profile WHERE Name = 'Standard User'")
    name = {"LastName": "Hopper", "Alias": "hopper", "CommunityNickname": "hopper"}
    address = "grace.hopper@acme.example"
    places = organisation.get("User", session.user_id, session, None, "60.0")
    keys = ("TimeZoneSidKey", "LocaleSidKey", "LanguageLocaleKey", "EmailEncodingKey")
    values = {**name, "Username": address, "Email": address, "ProfileId": profile, "IsActive": True}
    made = organisation.create("User", values | {k: places[k] for k in keys}, session)
    return organisation.acting_as(made)


@pytest.mark.parametrize(
    "sobject", ["PermissionSet", "PermissionSetAssignment", "FieldPermissions", "Group", "User"]
)
def test_administration_is_refused_when_the_user_may_not_manage_users(
    organisation, colleague, sobject
):
    assert organisation.describe(sobject, colleague, "60.0")["createable"] is False
    with pytest.raises(SalesforceError, match="entity type cannot be inserted: ") as error:
        organisation.create(sobject, {}, colleague)
    assert error.value.code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_user_changes_himself_alone_and_not_what_he_may_do(organisation, session, colleague, read):
    organisation.update("User", colleague.user_id, {"Title": "Admiral"}, colleague)
    assert read(f"SELECT Title FROM User WHERE Id = '{colleague.user_id}'")["Title"] == "Admiral"
    with pytest.raises(SalesforceError, match="Unable to create/update fields: ProfileId"):
        organisation.update("User", colleague.user_id, {"ProfileId": None}, colleague)
    with pytest.raises(SalesforceError) as error:
        organisation.update("User", session.user_id, {"Title": "Clerk"}, colleague)
    assert error.value.code == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_campaigns_are_made_by_marketing_users_alone(organisation, session, colleague):
    assert organisation.describe("Campaign", colleague, "60.0")["createable"] is False
    with pytest.raises(SalesforceError, match="entity type cannot be inserted: Campaign"):
        organisation.create("Campaign", {"Name": "Spring"}, colleague)
    marketing = {"UserPermissionsMarketingUser": True}
    organisation.update("User", colleague.user_id, marketing, session)
    assert organisation.describe("Campaign", colleague, "60.0")["createable"] is True
    assert organisation.create("Campaign", {"Name": "Spring"}, colleague)
