import json

import pytest

from tests.salesforce_simulator.recorded import recordings

OBJECTS = ["Lead", "Contact", "Account", "Opportunity", "OpportunityContactRole"]
# An older recording lacks these, and one attribute of ours is newer than it.
OBJECT_KEYS_BY_VERSION = {"associateEntityType", "associateParentEntity", "sobjectDescribeOption"}
FLAGS = ["type", "length", "createable", "updateable", "nillable", "filterable", "idLookup"]


def recorded(name):
    return json.loads(recordings("describe", f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", OBJECTS)
def test_describe_has_the_keys_of_a_recorded_one(organisation, session, name):
    ours, theirs = organisation.describe(name, session, "59.0"), recorded(name)
    assert set(ours) ^ set(theirs) <= OBJECT_KEYS_BY_VERSION
    keys = set(theirs["fields"][0])
    assert len(keys) >= 57
    assert all(set(field) == keys for field in ours["fields"])


@pytest.mark.parametrize("name", OBJECTS)
def test_field_attributes_agree_with_recorded_ones(organisation, session, name):
    theirs = {field["name"]: field for field in recorded(name)["fields"]}
    ours = {
        field["name"]: field for field in organisation.describe(name, session, "59.0")["fields"]
    }
    unfilterable = {"ChannelProgramName", "ChannelProgramLevelName"}
    common = set(ours) & set(theirs) - unfilterable
    assert len(common) > 10
    for field in common:
        differing = [key for key in FLAGS if ours[field][key] != theirs[field][key]]
        assert not differing, field


def test_global_describe_has_the_keys_of_a_recorded_one(organisation, session):
    theirs = {item["name"]: item for item in recorded("Global")["sobjects"]}
    for item in organisation.describe_global(session, "60.0")["sobjects"]:
        if item["name"] in theirs:
            assert set(item) == set(theirs[item["name"]])


@pytest.mark.parametrize("name", ["Lead", "Contact"])
def test_describe_shows_the_custom_fields_of_the_connector(organisation, session, name):
    fields = {
        field["name"]: field for field in organisation.describe(name, session, "60.0")["fields"]
    }
    assert fields["Owner_ID__c"]["calculated"]
    assert not fields["Owner_ID__c"]["updateable"]
    assert fields["ActOn_Record_Id__c"]["externalId"]
    assert fields["ActOn_Record_Id__c"]["unique"]
    assert (fields["Behavior_Score__c"]["precision"], fields["Behavior_Score__c"]["scale"]) == (
        6,
        0,
    )
