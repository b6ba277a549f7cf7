"""What the organisation tells clients about its objects and fields.

Keys and their types are those of a full describe of API version 59.
"""

from collections.abc import Sequence
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.catalogue.model import REFERENCES, ChildRelationship
from salesforce_simulator.organisation.record_types import RecordType, record_type_infos

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
# Records that were merged into another one are no children of it.
_UNTOLD_LINKS = frozenset({"MasterRecordId"})
# What leads to an object's pages; some objects have a part of them.
_ALL_PAGES = {
    "approvalLayouts": "/describe/approvalLayouts",
    "compactLayouts": "/describe/compactLayouts",
    "layouts": "/describe/layouts",
    "listviews": "/listviews",
    "quickActions": "/quickActions",
}
_PAGES = {
    "CampaignMember": ("compactLayouts", "layouts"),
    "OpportunityContactRole": ("compactLayouts", "layouts", "quickActions"),
    "User": ("compactLayouts", "layouts", "quickActions"),
}
_UTF8_BYTES = 3
_NOT_AGGREGATABLE = frozenset({"boolean", "address"})
# Field attributes that no feature of this organisation ever sets.
_FALSE_ATTRIBUTES = (
    "aiPredictionField",
    "autoNumber",
    "cascadeDelete",
    "dependentPicklist",
    "deprecatedAndHidden",
    "displayLocationInDecimal",
    "encrypted",
    "highScaleNumber",
    "htmlFormatted",
    "restrictedDelete",
    "writeRequiresMasterRead",
)
_NONE_ATTRIBUTES = (
    "controllerName",
    "defaultValueFormula",
    "filteredLookupInfo",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipOrder",
)


def describe_global(catalogue: Catalogue, version: str) -> dict[str, Any]:
    """Return the list of all objects, for API `version` such as `60.0`."""
    sobjects = sorted(catalogue, key=lambda sobject: sobject.name)
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [{**_traits(item), "urls": _urls(item, version)} for item in sobjects],
    }


def describe_sobject(
    catalogue: Catalogue, sobject: SObject, record_types: Sequence[RecordType], version: str
) -> dict[str, Any]:
    """Return everything about one object, for API `version` such as `60.0`."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        **_traits(sobject),
        "actionOverrides": [],
        "childRelationships": [
            _child(link)
            for link in catalogue.children(sobject.name)
            if link.field not in _UNTOLD_LINKS
        ],
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [describe_field(field) for field in sobject.fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": record_type_infos(sobject, record_types, base),
        "searchLayoutable": "search" in sobject.abilities,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": _scopes(sobject),
        "urls": _urls(sobject, version),
    }


def _traits(sobject: SObject) -> dict[str, Any]:
    """Return the attributes that the list and the single describe share."""
    can = sobject.abilities.__contains__
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": can("create"),
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": can("clone"),
        "deletable": can("delete"),
        "deprecatedAndHidden": False,
        "feedEnabled": can("feed"),
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": can("layout"),
        "mergeable": can("merge"),
        "mruEnabled": can("mru"),
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": can("search"),
        "triggerable": can("trigger"),
        "undeletable": can("undelete"),
        "updateable": can("update"),
    }


def _urls(sobject: SObject, version: str) -> dict[str, str]:
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    urls = {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"}
    if "layout" in sobject.abilities:
        pages = _PAGES.get(sobject.name, _ALL_PAGES)
        urls |= {name: base + path for name, path in _ALL_PAGES.items() if name in pages}
    return urls


def _scopes(sobject: SObject) -> list[dict[str, str]]:
    plural = sobject.plural.lower()
    scopes = [{"label": f"All {plural}", "name": "everything"}]
    if sobject.has("OwnerId"):
        scopes.append({"label": f"My {plural}", "name": "mine"})
    return scopes


def _child(link: ChildRelationship) -> dict[str, Any]:
    return {
        "cascadeDelete": link.cascade_delete,
        "childSObject": link.child,
        "deprecatedAndHidden": False,
        "field": link.field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": link.name,
        "restrictedDelete": False,
    }


def describe_field(field: Field) -> dict[str, Any]:
    """Return the 59 attributes of a field."""
    polymorphic = len(field.reference_to) > 1
    attributes: dict[str, Any] = dict.fromkeys(_FALSE_ATTRIBUTES, False)
    attributes |= dict.fromkeys(_NONE_ATTRIBUTES)
    return attributes | {
        "aggregatable": field.filterable and field.type not in _NOT_AGGREGATABLE,
        "byteLength": field.length * (1 if field.type in REFERENCES else _UTF8_BYTES),
        "calculated": field.formula_source is not None,
        "calculatedFormula": field.formula_source,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default,
        "defaultedOnCreate": field.defaulted,
        "digits": field.digits,
        "externalId": field.external_id,
        "extraTypeInfo": "plaintextarea" if field.type == "textarea" else field.extra,
        "filterable": field.filterable,
        "formulaTreatNullNumberAsZero": field.blank_as_zero,
        "groupable": field.groupable,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.is_name,
        "namePointing": polymorphic,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": picklist_values(field),
        "polymorphicForeignKey": polymorphic,
        "precision": field.precision,
        "queryByDistance": field.type == "address",
        "referenceTo": sorted(field.reference_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": _searches_first(field),
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
    }


def _searches_first(field: Field) -> bool:
    """Tell whether a search may be narrowed by the field: by lookups, and where a lead went."""
    return field.type == "reference" and (
        field.permissionable or field.name.startswith("Converted")
    )


def picklist_values(field: Field) -> list[dict[str, Any]]:
    """Return what a describe says of a picklist's values."""
    return [_picklist_value(field, value) for value in field.values]


def _picklist_value(field: Field, value: str) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": value == field.default,
        "label": value,
        "validFor": None,
        "value": value,
    }
