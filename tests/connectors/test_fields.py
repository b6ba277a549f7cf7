import pytest
from django.utils import timezone

from connectors.fields import CALCULATED_WARNING, LONG_TEXT_WARNING, LOOKUP_WARNING, FieldChoice
from connectors.models import SalesforceField
from connectors.selectors import list_field_choices, list_required_fields


def make_field(account, name="Rating__c", data_type="string", **values):
    plain = {
        "sobject_type": "Lead",
        "label": name,
        "is_createable": True,
        "is_updateable": True,
        "is_required": False,
        "is_calculated": False,
        "is_external_id": False,
        "is_custom": True,
        "is_filterable": True,
        "described_at": timezone.now(),
    }
    return SalesforceField(account=account, name=name, data_type=data_type, **{**plain, **values})


@pytest.mark.requirement("S78")
@pytest.mark.parametrize(
    ("values", "warning"),
    [
        ({"is_calculated": True}, CALCULATED_WARNING),
        ({"data_type": "reference"}, LOOKUP_WARNING),
        ({"data_type": "textarea", "length": 32_000}, LONG_TEXT_WARNING),
    ],
)
def test_field_choice_warns_when_a_field_does_not_sync_plainly(account, values, warning):
    assert FieldChoice(make_field(account, **values)).warnings == (warning,)


@pytest.mark.requirement("S78")
@pytest.mark.parametrize(
    "values", [{}, {"data_type": "textarea", "length": 255}, {"data_type": "double"}]
)
def test_field_choice_has_no_warning_when_a_field_is_basic(account, values):
    assert FieldChoice(make_field(account, **values)).warnings == ()


def test_calculated_lookup_tells_both_warnings_when_both_apply(account):
    choice = FieldChoice(make_field(account, data_type="reference", is_calculated=True))

    assert choice.warnings == (CALCULATED_WARNING, LOOKUP_WARNING)
    assert not choice.pushable


@pytest.mark.parametrize("data_type", ["address", "location", "base64"])
def test_compound_fields_are_no_choice_when_columns_are_picked(account, data_type):
    make_field(account, "Place__c", data_type).save()
    make_field(account, "City").save()

    assert [choice.name for choice in list_field_choices("Lead")] == ["City"]


def test_choices_keep_to_their_object_when_two_are_described(account):
    make_field(account, "Company").save()
    make_field(account, "Department", sobject_type="Contact").save()

    assert [choice.name for choice in list_field_choices("Contact")] == ["Department"]


def test_required_fields_are_those_a_new_record_needs(account):
    make_field(account, "LastName", is_required=True).save()
    make_field(account, "City").save()

    assert [field.name for field in list_required_fields("Lead")] == ["LastName"]


def test_formula_says_so_in_its_type_name(account):
    choice = FieldChoice(make_field(account, data_type="double", is_calculated=True))

    assert choice.type_name == "Number (formula)"
    assert choice.group == "Custom fields"
