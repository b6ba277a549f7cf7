"""describeGlobal and describeSObject(s): the descriptions of REST in the WSDL's order."""

from collections.abc import Mapping
from typing import Any

from salesforce_simulator.protocols.soap.data.call import DataCall, check_size
from salesforce_simulator.protocols.soap.data.markup import (
    Markup,
    element,
    elements,
    join,
    typed,
)

_MOST_DESCRIBED = 100
# A question mark stands behind what is left out when there is nothing to say.
_GLOBAL = (
    "activateable createable custom customSetting deepCloneable deletable deprecatedAndHidden"
    " feedEnabled hasSubtypes idEnabled isInterface isSubtype keyPrefix label labelPlural"
    " layoutable mergeable mruEnabled name queryable replicateable retrieveable searchable"
    " triggerable undeletable updateable"
)
_SOBJECT = (
    "actionOverrides? activateable childRelationships? compactLayoutable createable custom"
    " customSetting deepCloneable defaultImplementation deletable deprecatedAndHidden feedEnabled"
    " fields? hasSubtypes idEnabled implementedBy implementsInterfaces isInterface isSubtype"
    " keyPrefix label labelPlural layoutable mergeable mruEnabled name namedLayoutInfos?"
    " networkScopeFieldName queryable recordTypeInfos? replicateable retrieveable"
    " searchLayoutable? searchable supportedScopes? triggerable? undeletable updateable"
    " urlDetail urlEdit urlNew"
)
_FIELD = (
    "aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula?"
    " cascadeDelete? caseSensitive compoundFieldName? controllerName? createable custom"
    " defaultValue? defaultValueFormula? defaultedOnCreate dependentPicklist? deprecatedAndHidden"
    " digits displayLocationInDecimal? encrypted? externalId? extraTypeInfo? filterable"
    " formulaTreatNullNumberAsZero? groupable highScaleNumber? htmlFormatted? idLookup"
    " inlineHelpText? label length mask? maskType? name nameField namePointing? nillable"
    " permissionable picklistValues? polymorphicForeignKey precision queryByDistance"
    " referenceTargetField? referenceTo? relationshipName? relationshipOrder? restrictedDelete?"
    " restrictedPicklist scale searchPrefilterable soapType sortable? type unique updateable"
    " writeRequiresMasterRead?"
)
_PICKLIST = "active defaultValue label validFor? value"
_CHILD = (
    "cascadeDelete childSObject deprecatedAndHidden field junctionIdListNames?"
    " junctionReferenceTo? relationshipName? restrictedDelete?"
)
_RECORD_TYPE = "active available defaultRecordTypeMapping developerName master name recordTypeId"
_PARTS = {
    "childRelationships": _CHILD,
    "fields": _FIELD,
    "picklistValues": _PICKLIST,
    "recordTypeInfos": _RECORD_TYPE,
    "supportedScopes": "label name",
}


def describe_global(data: DataCall) -> Markup:
    """Return the list of objects."""
    found = data.organisation.describe_global(data.session, data.version)
    parts = {
        "encoding": found["encoding"],
        "maxBatchSize": found["maxBatchSize"],
        "sobjects": [_ordered({"idEnabled": False, **one}, _GLOBAL) for one in found["sobjects"]],
    }
    return element("result", elements(parts))


def describe_sobject(data: DataCall) -> Markup:
    """Return the description of one object."""
    return _describe(data, data.text("sObjectType"))


def describe_sobjects(data: DataCall) -> Markup:
    """Return the descriptions of several objects."""
    names = data.texts("sObjectType")
    check_size(len(names), _MOST_DESCRIBED)
    return join(_describe(data, name) for name in names)


def _describe(data: DataCall, name: str) -> Markup:
    found = data.organisation.describe(data.sobject(name).name, data.session, data.version)
    urls = found["urls"]
    more = {
        "idEnabled": False,
        "urlDetail": urls.get("uiDetailTemplate"),
        "urlEdit": urls.get("uiEditTemplate"),
        "urlNew": urls.get("uiNewRecord"),
    }
    return element("result", _ordered({**more, **found}, _SOBJECT))


def _ordered(values: Mapping[str, Any], names: str) -> Markup:
    return join(_part(name, values.get(name.rstrip("?"))) for name in names.split())


def _part(name: str, value: Any) -> Markup:
    if name.endswith("?"):
        name = name[:-1]
        if value is None or value == []:
            return Markup()
    if name == "defaultValue":
        return typed(name, value)
    if name == "soapType":
        return element(name, str(value).replace("urn:address", "tns:address"))
    if name in _PARTS:
        return element(name, [_ordered(item, _PARTS[name]) for item in value])
    return element(name, value)
