"""The records of the Tooling API's objects, computed from what the organisation is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.metadata.nodes import Node
from salesforce_simulator.organisation.metadata.results import FileProperties
from salesforce_simulator.organisation.organisation import Organisation, Session

Row = dict[str, Any]
_KINDS = {
    "boolean": "Checkbox",
    "currency": "Currency",
    "date": "Date",
    "datetime": "Date/Time",
    "double": "Number",
    "email": "Email",
    "id": "Text",
    "int": "Number",
    "multipicklist": "Picklist (Multi-Select)",
    "percent": "Percent",
    "phone": "Phone",
    "picklist": "Picklist",
    "string": "Text",
    "textarea": "Text Area",
    "url": "URL",
}


class Rows:
    """What a user sees of an organisation's set-up.

    Ids of entities and fields are their durable ids, so that one leads to the other.
    """

    def __init__(self, organisation: Organisation, session: Session) -> None:
        self._organisation = organisation
        self._session = session
        self._catalogue: Catalogue = organisation.catalogue_for(session)

    def of(self, name: str) -> Sequence[Row]:
        """Return the records of an object of the Tooling API."""
        return list(_SOURCES[name](self))

    def entities(self) -> Iterator[Row]:
        """Return EntityDefinition: a record per object."""
        for sobject in self._catalogue:
            yield {
                "Id": sobject.name,
                "DurableId": sobject.name,
                "QualifiedApiName": sobject.name,
                "DeveloperName": sobject.name.removesuffix("__c"),
                "MasterLabel": sobject.label,
                "Label": sobject.label,
                "PluralLabel": sobject.plural,
                "KeyPrefix": sobject.prefix,
                "IsCustomizable": "layout" in sobject.abilities,
                "IsQueryable": True,
                "IsLayoutable": "layout" in sobject.abilities,
                "IsSearchable": "search" in sobject.abilities,
                "IsTriggerable": "trigger" in sobject.abilities,
            }

    def fields(self) -> Iterator[Row]:
        """Return FieldDefinition: a record per field of each object."""
        for sobject in self._catalogue:
            for field in sobject.fields:
                durable_id = f"{sobject.name}.{field.name}"
                yield {
                    "Id": durable_id,
                    "DurableId": durable_id,
                    "EntityDefinitionId": sobject.name,
                    "QualifiedApiName": field.name,
                    "DeveloperName": field.name.removesuffix("__c"),
                    "MasterLabel": field.label,
                    "Label": field.label,
                    "DataType": _data_type(field),
                    "Length": field.length,
                    "Precision": field.precision,
                    "Scale": field.scale,
                    "RelationshipName": field.relationship,
                    "IsNillable": field.nillable,
                    "IsCalculated": field.formula_source is not None,
                    "IsCompound": bool(sobject.components(field.name)),
                    "IsNameField": field.is_name,
                    "IsApiFilterable": field.filterable,
                    "IsApiGroupable": field.groupable,
                    "IsApiSortable": field.sortable,
                }

    def custom_fields(self) -> Iterator[Row]:
        """Return CustomField, those that the user does not see included."""
        catalogue = self._organisation.catalogue
        for kept in self._listed("CustomField"):
            entity, _, name = kept.full_name.partition(".")
            field = catalogue.get(entity).field(name)
            row = {**_kept(kept), "DeveloperName": name.removesuffix("__c")}
            row |= {"TableEnumOrId": entity, "EntityDefinitionId": entity}
            if field is not None:
                row |= {"Length": field.length, "Precision": field.precision, "Scale": field.scale}
            yield row

    def layouts(self) -> Iterator[Row]:
        """Return Layout: those of every object that has pages."""
        for sobject in self._catalogue:
            for layout in self._layouts_of(sobject):
                yield {
                    "Id": layout.id,
                    "Name": layout.name,
                    "TableEnumOrId": sobject.name,
                    "LayoutType": "Standard",
                    "EntityDefinitionId": sobject.name,
                    "FullName": layout.full_name,
                    "Metadata": f"Layout {layout.full_name}",
                }

    def _layouts_of(self, sobject: SObject) -> Sequence[Any]:
        has_pages = "layout" in sobject.abilities
        return self._organisation.layouts.of(sobject) if has_pages else []

    def remote_sites(self) -> Iterator[Row]:
        """Return RemoteProxy, which the Metadata API calls RemoteSiteSetting."""
        for kept, definition in self._read("RemoteSiteSetting"):
            yield {
                **_kept(kept),
                "SiteName": kept.full_name,
                "EndpointUrl": definition.get("url"),
                "Description": definition.get("description") or None,
                "IsActive": definition.flag("isActive"),
                "DisableProtocolSecurity": definition.flag("disableProtocolSecurity"),
            }

    def pages(self) -> Iterator[Row]:
        """Return ApexPage."""
        metadata = self._organisation.metadata
        for kept, definition in self._read("ApexPage"):
            (component,) = metadata.read(self._session, "ApexPage", [kept.full_name])
            content = component.content if component is not None else None
            yield {
                **_kept(kept),
                "Name": kept.full_name,
                "MasterLabel": definition.get("label"),
                "Description": definition.get("description") or None,
                "ApiVersion": float(definition.get("apiVersion", "0")),
                "Markup": (content or b"").decode("utf-8", "replace"),
            }

    def web_links(self) -> Iterator[Row]:
        """Return WebLink: custom buttons and links."""
        for kept, definition in self._read("WebLink"):
            entity, _, name = kept.full_name.partition(".")
            yield {
                **_kept(kept),
                "Name": name,
                "MasterLabel": definition.get("masterLabel"),
                "LinkType": definition.get("linkType"),
                "DisplayType": definition.get("displayType"),
                "Url": definition.get("url") or None,
                "OpenType": definition.get("openType"),
                "EntityDefinitionId": entity,
            }

    def tabs(self) -> Iterator[Row]:
        """Return CustomTab."""
        for kept, definition in self._read("CustomTab"):
            kind = next((k for k in ("page", "url") if definition.child(k)), "customObject")
            yield {
                **_kept(kept),
                "DeveloperName": kept.full_name.removesuffix("__c"),
                "MasterLabel": definition.get("label") or kept.full_name,
                "Type": kind,
                "Url": definition.get("url") or None,
            }

    def permission_sets(self) -> Iterator[Row]:
        """Return PermissionSet, as the ordinary object of that name has it."""
        soql = "SELECT Id, Name, Label, IsOwnedByProfile, ProfileId FROM PermissionSet"
        yield from self._organisation.query(soql, self._session).records("60.0")

    def packages(self) -> Iterator[Row]:
        """Return installed packages and what belongs to them: none, for none can be installed."""
        return iter(())

    def _listed(self, type_name: str) -> list[FileProperties]:
        return self._organisation.metadata.list(self._session, [(type_name, None)])

    def _read(self, type_name: str) -> Iterator[tuple[FileProperties, Node]]:
        kept = self._listed(type_name)
        names = [each.full_name for each in kept]
        found = self._organisation.metadata.read(self._session, type_name, names)
        for each, component in zip(kept, found, strict=True):
            if component is not None:
                yield each, component.definition


def _kept(kept: FileProperties) -> Row:
    return {
        "Id": kept.id,
        "FullName": kept.full_name,
        "Metadata": f"{kept.type} {kept.full_name}",
        "CreatedDate": kept.created_at,
        "CreatedById": kept.created_by,
        "LastModifiedDate": kept.modified_at,
        "LastModifiedById": kept.modified_by,
    }


def _data_type(field: Field) -> str:
    """Return a field's type as Setup shows it: `Text(80)`, `Number(18, 0)`, `Lookup(User)`."""
    if field.reference_to:
        return f"Lookup({','.join(sorted(field.reference_to))})"
    kind = _KINDS.get(field.type, field.type.capitalize())
    if field.formula_source is not None:
        return f"Formula ({kind})"
    if field.precision:
        return f"{kind}({field.precision - field.scale}, {field.scale})"
    return f"{kind}({field.length})" if field.type == "string" else kind


_SOURCES: dict[str, Callable[[Rows], Iterator[Row]]] = {
    "ApexPage": Rows.pages,
    "CustomField": Rows.custom_fields,
    "CustomTab": Rows.tabs,
    "EntityDefinition": Rows.entities,
    "FieldDefinition": Rows.fields,
    "InstalledSubscriberPackage": Rows.packages,
    "Layout": Rows.layouts,
    "PermissionSet": Rows.permission_sets,
    "RemoteProxy": Rows.remote_sites,
    "SubscriberPackage": Rows.packages,
    "SubscriberPackageVersion": Rows.packages,
    "WebLink": Rows.web_links,
}
