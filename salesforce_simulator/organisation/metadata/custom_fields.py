"""Custom fields: from their definition to the catalogue's field, and back."""

import re
from dataclasses import dataclass, replace

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.metadata.formula import FormulaError, compile_formula
from salesforce_simulator.organisation.metadata.formula.nodes import Number, Reference, Text
from salesforce_simulator.organisation.metadata.formula.parser import parse
from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.problems import ComponentError

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_LONGEST_NAME = 40 + len("__c")
_LONGEST_LABEL = 40
_FORMULA_LENGTH = 1300
_FORMULA_PRECISION = 18
_MOST_DIGITS = 18


@dataclass(frozen=True)
class _Kind:
    """A type of field: its name in describes, elements that it needs and others that it takes."""

    type: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    length: int = 0
    lengths: range = range(0)


_PICKLISTS = frozenset({"picklist", "multipicklist"})
_UNIQUE = ("required", "unique", "externalId", "caseSensitive", "defaultValue")
_PLAIN = ("required", "defaultValue")
_SIZES = ("precision", "scale")
_LONG = range(256, 131_073)
_KINDS = {
    "Text": _Kind("string", ("length",), _UNIQUE, lengths=range(1, 256)),
    "TextArea": _Kind("textarea", (), _PLAIN, length=255),
    "LongTextArea": _Kind("textarea", ("length", "visibleLines"), ("defaultValue",), lengths=_LONG),
    "Html": _Kind("textarea", ("length", "visibleLines"), ("defaultValue",), lengths=_LONG),
    "Number": _Kind("double", _SIZES, ("required", "unique", "externalId", "defaultValue")),
    "Currency": _Kind("currency", _SIZES, _PLAIN),
    "Percent": _Kind("percent", _SIZES, _PLAIN),
    "Checkbox": _Kind("boolean", ("defaultValue",)),
    "Date": _Kind("date", (), _PLAIN),
    "DateTime": _Kind("datetime", (), _PLAIN),
    "Email": _Kind("email", (), ("required", "unique", "externalId", "defaultValue"), length=80),
    "Phone": _Kind("phone", (), _PLAIN, length=40),
    "Url": _Kind("url", (), _PLAIN, length=255),
    "Picklist": _Kind("picklist", ("valueSet",), _PLAIN, length=255),
    "MultiselectPicklist": _Kind(
        "multipicklist", ("valueSet", "visibleLines"), _PLAIN, length=4099
    ),
    "Lookup": _Kind(
        "reference",
        ("referenceTo",),
        ("required", "relationshipName", "relationshipLabel", "deleteConstraint", "lookupFilter"),
        length=18,
    ),
}
_FORMULA_KINDS = ("Text", "Number", "Currency", "Percent", "Checkbox", "Date", "DateTime")
_FORMULA_TAKES = (*_SIZES, "formula", "formulaTreatBlanksAs")
# Elements that some types have and others must not.
_SPECIAL = frozenset(
    {
        "length", "visibleLines", "valueSet", "required", "unique", "externalId", "caseSensitive",
        "defaultValue", "precision", "scale", "referenceTo", "relationshipName",
        "relationshipLabel", "relationshipOrder", "deleteConstraint", "lookupFilter", "formula",
        "displayFormat", "startingNumber", "summarizedField", "summaryForeignKey",
        "summaryOperation", "formulaTreatBlanksAs", "writeRequiresMasterRead",
    }
)  # fmt: skip


def read_field(definition: Node, sobject: SObject, catalogue: Catalogue) -> Field:
    """Return the field that a definition describes; ComponentError in Salesforce's words."""
    _check_names(definition)
    type_name = definition.get("type").strip()
    kind = _KINDS.get(type_name)
    if kind is None:
        message = f"Fields of type {type_name} are not available in this organisation"
        raise _error(definition, message)
    if definition.child("formula") is not None:
        return _read_formula(definition, type_name, sobject, catalogue)
    _check_elements(definition, type_name, kind.needs, kind.takes)
    required = definition.flag("required")
    checkbox = kind.type == "boolean"
    default = _default(definition, kind)
    length, precision, scale = _sizes(definition, type_name, kind)
    unique, external = definition.flag("unique"), definition.flag("externalId")
    field = Field(
        name=definition.get("fullName").strip(),
        label=definition.get("label").strip(),
        help=definition.get("inlineHelpText").strip() or None,
        case_sensitive=definition.flag("caseSensitive"),
        type=kind.type,
        length=length,
        precision=precision,
        scale=scale,
        createable=True,
        updateable=True,
        nillable=not (required or checkbox),
        defaulted=checkbox or default is not None,
        id_lookup=external,
        external_id=external,
        unique=unique,
        permissionable=not required,
        default=default,
    )
    if kind.type == "reference":
        return _lookup(definition, field, catalogue)
    return _with_values(definition, field) if kind.type in _PICKLISTS else field


def _error(node: Node, problem: str) -> ComponentError:
    return ComponentError(problem, node.line, node.column)


def _check_names(definition: Node) -> None:
    name = definition.get("fullName").strip()
    if not name.endswith("__c"):
        raise _error(
            definition,
            "fullName must end with: __c or __kav or __x or __b or __e or __p or __mdt or __dll"
            " or __dlm",
        )
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise _error(
            definition,
            "The Field Name can only contain underscores and alphanumeric characters. It must be"
            " unique, begin with a letter, not include spaces, not end with an underscore, and not"
            " contain two consecutive underscores.",
        )
    for required in ("label", "type"):
        if not definition.get(required).strip():
            raise _error(definition, f"Required field is missing: {required}")
    if len(definition.get("label").strip()) > _LONGEST_LABEL:
        raise _error(
            definition, f"Value too long for field: MasterLabel maximum length is:{_LONGEST_LABEL}"
        )


def _check_elements(
    definition: Node, type_name: str, needs: tuple[str, ...], takes: tuple[str, ...]
) -> None:
    for name in needs:
        if definition.child(name) is None:
            raise _error(definition, f"Must specify '{name}' for a CustomField of type {type_name}")
    for child in definition.children:
        wrong = child.name in _SPECIAL and child.name not in {*needs, *takes}
        if wrong and (child.children or child.text.strip() != "false"):
            message = f"Can not specify '{child.name}' for a CustomField of type {type_name}"
            raise _error(definition, message)


def _sizes(definition: Node, type_name: str, kind: _Kind) -> tuple[int, int, int]:
    """Return length, precision and scale."""
    length = kind.length
    if "length" in kind.needs:
        length = int(definition.get("length"))
        if length not in kind.lengths:
            first, last = kind.lengths[0], kind.lengths[-1]
            raise _error(
                definition, f"{type_name} field length must be between {first:,} and {last:,}"
            )
    if "precision" not in kind.needs:
        return length, 0, 0
    precision, scale = int(definition.get("precision")), int(definition.get("scale"))
    if not 0 <= scale <= precision <= _MOST_DIGITS or precision == 0:
        raise _error(
            definition,
            f"Precision must be between 1 and {_MOST_DIGITS}, and scale not larger than it",
        )
    return length, precision, scale


def _default(definition: Node, kind: _Kind) -> object:
    """Return the default of a new record: literals alone, formulas are not computed."""
    text = definition.get("defaultValue").strip()
    if not text:
        return None
    try:
        node = parse(text)
    except FormulaError as error:
        raise _error(definition, f"Invalid default value formula: {error}") from error
    if kind.type == "boolean":
        if isinstance(node, Reference) and node.names[0].lower() in {"true", "false"}:
            return node.names[0].lower() == "true"
        raise _error(definition, "Default value of a checkbox must be true or false")
    if isinstance(node, Number) and kind.type in {"double", "currency", "percent"}:
        return float(node.value)
    if isinstance(node, Text) and kind.type not in {"double", "currency", "percent"}:
        return node.value
    raise _error(definition, f"Default values that are computed are not available: {text}")


def _with_values(definition: Node, field: Field) -> Field:
    """Return a picklist with its values, of which one may be the default."""
    value_set = definition.child("valueSet") or Node("valueSet")
    values = value_set.child("valueSetDefinition")
    if values is None:
        name = value_set.get("valueSetName")
        raise _error(definition, f"In field: valueSetName - no GlobalValueSet named {name} found")
    entries = values.all("value")
    names = [entry.get("fullName").strip() for entry in entries]
    lowered = [name.lower() for name in names]
    twice = next((name for name in names if lowered.count(name.lower()) > 1), None)
    if twice is not None:
        raise _error(definition, f"Duplicate label: {twice}")
    if values.flag("sorted"):
        names.sort(key=str.lower)
    chosen = [entry.get("fullName").strip() for entry in entries if entry.flag("default")]
    default = chosen[0] if chosen else field.default
    return replace(
        field,
        values=tuple(names),
        restricted=value_set.flag("restricted"),
        default=default,
        defaulted=default is not None,
    )


def _lookup(definition: Node, field: Field, catalogue: Catalogue) -> Field:
    parent = catalogue.find(definition.get("referenceTo").strip())
    if parent is None:
        name = definition.get("referenceTo").strip()
        raise _error(
            definition, f"referenceTo value of '{name}' does not resolve to a valid sObject type"
        )
    child_name = definition.get("relationshipName").strip()
    cascade = definition.get("deleteConstraint").strip() == "Cascade"
    return replace(
        field,
        reference_to=(parent.name,),
        relationship=f"{field.name[:-1]}r",
        child_names=((parent.name, f"{child_name}__r"),) if child_name else (),
        cascades=(parent.name,) if cascade else (),
    )


def _read_formula(
    definition: Node, type_name: str, sobject: SObject, catalogue: Catalogue
) -> Field:
    if type_name not in _FORMULA_KINDS:
        raise _error(definition, f"Can not specify 'formula' for a CustomField of type {type_name}")
    _check_elements(definition, type_name, (), _FORMULA_TAKES)
    kind = _KINDS[type_name]
    number = "precision" in kind.needs
    source = definition.get("formula")
    field = Field(
        name=definition.get("fullName").strip(),
        label=definition.get("label").strip(),
        help=definition.get("inlineHelpText").strip() or None,
        blank_as_zero=_blank_as_zero(definition),
        type=kind.type,
        length=_FORMULA_LENGTH if kind.type == "string" else 0,
        precision=int(definition.get("precision", str(_FORMULA_PRECISION))) if number else 0,
        scale=int(definition.get("scale", "0")) if number else 0,
        nillable=kind.type != "boolean",
        permissionable=True,
        formula_source=source,
    )
    try:
        return compiled(field, sobject, catalogue)
    except ComponentError as error:
        raise _error(definition, error.problem) from error


def _blank_as_zero(definition: Node) -> bool:
    return definition.get("formulaTreatBlanksAs", "BlankAsZero") == "BlankAsZero"


def compiled(field: Field, sobject: SObject, catalogue: Catalogue) -> Field:
    """Return a formula field with its SQL made anew; ComponentError when it does not compile."""
    try:
        sql = compile_formula(field.formula_source or "", field, sobject, catalogue)
    except FormulaError as error:
        raise ComponentError(str(error)) from error
    return replace(field, formula=sql)


_TYPE_NAMES = {kind.type: name for name, kind in reversed(_KINDS.items())}


def write_field(field: Field) -> Node:
    """Return the definition of a custom field that came with the organisation."""
    type_name = _TYPE_NAMES[field.type]
    if field.type == "textarea" and field.length != _KINDS["TextArea"].length:
        type_name = "LongTextArea"
    parts = [leaf("fullName", field.name), leaf("label", field.label), leaf("type", type_name)]
    if field.formula_source is not None:
        parts.append(leaf("formula", field.formula_source))
    elif type_name in {"Text", "LongTextArea"}:
        parts.append(leaf("length", field.length))
    if field.precision:
        parts += [leaf("precision", field.precision), leaf("scale", field.scale)]
    parts += [
        leaf(name, value=True)
        for name, value in (("externalId", field.external_id), ("unique", field.unique))
        if value
    ]
    if field.type == "boolean" and field.formula_source is None:
        parts.append(leaf("defaultValue", bool(field.default)))
    if field.values:
        parts.append(_value_set(field))
    if field.reference_to:
        parts.append(leaf("referenceTo", field.reference_to[0]))
    return Node("CustomField").plus(parts)


def _value_set(field: Field) -> Node:
    entries = tuple(
        Node(
            "value",
            children=(
                leaf("fullName", value),
                leaf("default", value == field.default),
                leaf("label", value),
            ),
        )
        for value in field.values
    )
    definition = Node("valueSetDefinition", children=(leaf("sorted", False), *entries))
    return Node("valueSet", children=(leaf("restricted", field.restricted), definition))
