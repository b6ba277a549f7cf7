"""What objects and fields an organisation has, as far as the connected user may see them.

A field that field-level security hides is not in the description at all, so its
absence says "gone or hidden", never "empty".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from connectors.salesforce.client import SalesforceClient, field_of


@dataclass(frozen=True)
class ObjectSummary:
    """One line of the list of all objects."""

    name: str
    label: str
    custom: bool
    queryable: bool
    createable: bool
    updateable: bool


@dataclass(frozen=True)
class PicklistValue:
    """One choice of a picklist."""

    value: str
    label: str
    active: bool
    default: bool


@dataclass(frozen=True)
class FieldDescription:
    """One field; ``type`` is Salesforce's word (string, email, picklist, reference, ...)."""

    name: str
    label: str
    type: str
    length: int
    precision: int
    scale: int
    createable: bool
    updateable: bool
    nillable: bool
    defaulted_on_create: bool
    filterable: bool
    sortable: bool
    calculated: bool
    custom: bool
    external_id: bool
    id_lookup: bool
    unique: bool
    case_sensitive: bool
    auto_number: bool
    restricted_picklist: bool
    picklist_values: tuple[PicklistValue, ...]
    reference_to: tuple[str, ...]
    relationship_name: str | None
    compound_field_name: str | None

    @property
    def required(self) -> bool:
        """Whether a create must give this field a value."""
        return self.createable and not self.nillable and not self.defaulted_on_create


@dataclass(frozen=True)
class ObjectDescription:
    """One object with its fields, in Salesforce's order."""

    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    custom: bool
    createable: bool
    updateable: bool
    deletable: bool
    queryable: bool
    fields: tuple[FieldDescription, ...]

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The API names of all fields."""
        return frozenset(field.name for field in self.fields)

    def find_field(self, name: str) -> FieldDescription | None:
        """Return the field of that API name, in any case, or None."""
        return self._by_name.get(name.lower())

    @cached_property
    def _by_name(self) -> Mapping[str, FieldDescription]:
        return {field.name.lower(): field for field in self.fields}


def list_objects(client: SalesforceClient) -> list[ObjectSummary]:
    """Return a summary of every object that the user may see."""
    answer = client.salesforce.describe()
    return [
        ObjectSummary(
            name=item["name"],
            label=item["label"],
            custom=item["custom"],
            queryable=item["queryable"],
            createable=item["createable"],
            updateable=item["updateable"],
        )
        for item in field_of(answer, "sobjects")
    ]


def describe_object(client: SalesforceClient, sobject_type: str) -> ObjectDescription:
    """Return the description of one object; NotFoundError where the user sees no such."""
    answer = client.get(f"sobjects/{quote(sobject_type, safe='')}/describe")
    return ObjectDescription(
        name=field_of(answer, "name"),
        label=answer["label"],
        label_plural=answer["labelPlural"],
        key_prefix=answer["keyPrefix"],
        custom=answer["custom"],
        createable=answer["createable"],
        updateable=answer["updateable"],
        deletable=answer["deletable"],
        queryable=answer["queryable"],
        fields=tuple(_field(item) for item in field_of(answer, "fields")),
    )


def _field(item: Mapping[str, Any]) -> FieldDescription:
    return FieldDescription(
        name=item["name"],
        label=item["label"],
        type=item["type"],
        length=item["length"],
        precision=item["precision"],
        scale=item["scale"],
        createable=item["createable"],
        updateable=item["updateable"],
        nillable=item["nillable"],
        defaulted_on_create=item["defaultedOnCreate"],
        filterable=item["filterable"],
        sortable=item["sortable"],
        calculated=item["calculated"],
        custom=item["custom"],
        external_id=item["externalId"],
        id_lookup=item["idLookup"],
        unique=item["unique"],
        case_sensitive=item["caseSensitive"],
        auto_number=item["autoNumber"],
        restricted_picklist=item["restrictedPicklist"],
        picklist_values=tuple(_picklist_value(value) for value in item["picklistValues"]),
        reference_to=tuple(item["referenceTo"]),
        relationship_name=item["relationshipName"],
        compound_field_name=item["compoundFieldName"],
    )


def _picklist_value(item: Mapping[str, Any]) -> PicklistValue:
    return PicklistValue(
        value=item["value"],
        label=item["label"] or item["value"],
        active=item["active"],
        default=item["defaultValue"],
    )
