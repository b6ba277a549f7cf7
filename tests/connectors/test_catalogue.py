from datetime import timedelta

import pytest
from django.utils import timezone

from connectors import services
from connectors.clients import open_client
from connectors.models import SalesforceField
from connectors.salesforce import NotFoundError, SalesforceError, SchemaError
from connectors.selectors import (
    find_described_at,
    list_field_choices,
    list_fields,
    list_required_fields,
)
from tests.connectors.soap import data_calls


def refresh(connection, sobject_type="Lead"):
    with open_client(connection) as client:
        return services.refresh_fields(client=client, sobject_type=sobject_type)


def test_catalogue_holds_what_the_organisation_describes(connected, org):
    refresh(connected)

    described = {field["name"]: field for field in org.client().Lead.describe()["fields"]}
    stored = {field.name: field for field in list_fields("Lead")}
    assert stored.keys() == described.keys()
    for name, field in stored.items():
        truth = described[name]
        assert field.label == truth["label"]
        assert field.data_type == truth["type"]
        assert field.length == truth["length"]
        assert field.is_updateable == truth["updateable"]
        assert field.is_calculated == truth["calculated"]
        assert field.reference_to == truth["referenceTo"]


@pytest.mark.requirement("S78")
def test_choices_warn_of_the_formula_and_leave_the_address_out(connected):
    refresh(connected)

    choices = {choice.name: choice for choice in list_field_choices("Lead")}

    assert "Address" not in choices
    assert "Calculated" in choices["Owner_ID__c"].warnings[0]
    assert "Lookup" in choices["OwnerId"].warnings[0]
    assert choices["Email"].warnings == ()


def test_required_fields_are_those_of_the_organisation(connected):
    refresh(connected)

    assert {field.name for field in list_required_fields("Lead")} == {"LastName", "Company"}


def test_refresh_twice_keeps_one_row_per_field(connected):
    first = refresh(connected)
    again = refresh(connected)

    assert list_fields("Lead").count() == len(first) == len(again)


@pytest.mark.requirement("S28")
@pytest.mark.fault("F33", "F34")
def test_refresh_removes_vanished_fields_and_takes_new_labels_and_types(connected, account):
    refresh(connected)
    SalesforceField.objects.filter(name="Email").update(label="Old label", data_type="string")
    vanished = SalesforceField.objects.get(name="City")
    vanished.pk, vanished.name = None, "Deleted_in_Salesforce__c"
    vanished.save()

    refresh(connected)

    assert not list_fields("Lead").filter(name="Deleted_in_Salesforce__c").exists()
    email = list_fields("Lead").get(name="Email")
    assert (email.label, email.data_type) == ("Email", "email")


def test_refresh_of_one_object_leaves_the_other_alone(connected):
    refresh(connected, "Contact")
    contacts = set(list_fields("Contact").values_list("name", flat=True))

    refresh(connected, "Lead")

    assert set(list_fields("Contact").values_list("name", flat=True)) == contacts


def test_refresh_keeps_the_catalogue_when_the_object_is_gone(connected):
    refresh(connected)

    with pytest.raises((SchemaError, NotFoundError)):
        refresh(connected, "Gone__c")

    assert list_fields("Lead").exists()


def test_ensure_asks_salesforce_only_when_the_catalogue_is_old(connected, org):
    services.ensure_fields(connection=connected, sobject_type="Lead")
    org.forget_calls()
    services.ensure_fields(connection=connected, sobject_type="Lead")
    assert data_calls(org) == []

    SalesforceField.objects.update(described_at=timezone.now() - timedelta(hours=2))
    services.ensure_fields(connection=connected, sobject_type="Lead")
    assert len(data_calls(org)) == 1
    assert find_described_at("Lead") > timezone.now() - timedelta(minutes=1)


def test_ensure_tells_at_once_when_salesforce_is_away(connected, org):
    org.fault("/describe", status=503, body="<html>maintenance</html>")

    with pytest.raises(SalesforceError) as error:
        services.ensure_fields(connection=connected, sobject_type="Lead")

    assert error.value.advice
    assert len(data_calls(org)) == 1
