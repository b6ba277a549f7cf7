"""Fields that describes show beside the standard ones."""

import pytest


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
