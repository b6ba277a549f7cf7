"""The fields that the Act-On package has added to leads and contacts."""

from dataclasses import replace

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.customisation import Customisation


def _writable(field: Field) -> Field:
    return replace(field, createable=True, updateable=True)


_RECORD_ID = Field(
    "ActOn_Record_Id__c",
    "Act-On Record ID",
    "string",
    length=36,
    external_id=True,
    id_lookup=True,
    unique=True,
    nillable=True,
    permissionable=True,
)
_SCORE = Field(
    "Behavior_Score__c", "Behavior Score", "double", precision=6, nillable=True, permissionable=True
)
_OWNER_ID = Field(
    "Owner_ID__c",
    "Owner ID",
    "string",
    length=1300,
    nillable=True,
    permissionable=True,
    formula="{t}.OwnerId",
    formula_source="CASESAFEID(OwnerId)",
)
_FIELDS = (_writable(_RECORD_ID), _writable(_SCORE), _OWNER_ID)


def install_package(customisation: Customisation) -> None:
    """Add the fields to both objects."""
    for name in ("Lead", "Contact"):
        customisation.put_fields(name, _FIELDS)
