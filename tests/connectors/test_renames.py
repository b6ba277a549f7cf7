"""Which field a lost one probably is now, and which change of a type changes no value."""

import pytest

from connectors.field_types import NUMBERS, TEXTS, is_compatible
from connectors.fields import TYPE_NAMES
from connectors.renames import KnownField, find_likely_name

REGION = KnownField("Region__c", "Region", "string")


def find(*candidates, lost=REGION):
    found = find_likely_name(lost, [KnownField(*each) for each in candidates])
    return found and found.name


@pytest.mark.fault("F33")
@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([], None),
        ([("Area__c", "Area", "string")], None),
        ([("Area__c", "Region", "string")], "Area__c"),
        ([("Sales_Region__c", "Sales region", "string")], "Sales_Region__c"),
        ([("Regions__c", "Regions", "picklist")], "Regions__c"),
        ([("Regions__c", "Regions", "double")], None),
        # The same label weighs more than a name that is alike.
        ([("Regions__c", "Regions", "string"), ("Area__c", "region", "string")], "Area__c"),
        # Of two with the same label, the one whose name is nearer.
        ([("Area__c", "Region", "string"), ("Region2__c", "Region", "string")], "Region2__c"),
        # Two that nothing tells apart are no proposal.
        ([("Region_A__c", "A", "string"), ("Region_B__c", "B", "string")], None),
    ],
)
def test_the_likely_name_is_that_of_the_field_most_alike_and_of_its_type(candidates, expected):
    assert find(*candidates) == expected


def test_a_short_name_is_no_part_of_a_longer_one():
    lost = KnownField("Age__c", "Age", "string")
    assert find(("Language__c", "Language", "string"), lost=lost) is None


@pytest.mark.fault("F34")
def test_types_of_one_family_alone_are_compatible():
    for old in TYPE_NAMES:
        for new in TYPE_NAMES:
            families = [family for family in (TEXTS, NUMBERS) if {old, new} <= family]
            is_shown_now = old == "encryptedstring" and new in TEXTS
            assert is_compatible(old, new) == (old == new or bool(families) or is_shown_now)


@pytest.mark.fault("F34")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("string", "encryptedstring"),
        ("string", "double"),
        ("double", "string"),
        ("date", "datetime"),
        ("string", "reference"),
        ("reference", "string"),
        ("boolean", "picklist"),
        ("string", "address"),
    ],
)
def test_another_kind_of_value_is_not_compatible(old, new):
    assert not is_compatible(old, new)


@pytest.mark.parametrize(
    ("old", "new"), [("string", "picklist"), ("email", "string"), ("int", "currency")]
)
def test_the_same_value_in_other_clothes_is_compatible(old, new):
    assert is_compatible(old, new)
