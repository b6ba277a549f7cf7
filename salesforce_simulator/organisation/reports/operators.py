"""Which operators a filter may use, by the data type of its column."""

from collections.abc import Mapping

_EQUALITY = ("equals", "notEqual")
_ORDER = (*_EQUALITY, "lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual")
_TEXT = (*_ORDER, "contains", "notContain", "startsWith")
_LABELS = {
    "equals": "equals",
    "notEqual": "not equal to",
    "lessThan": "less than",
    "greaterThan": "greater than",
    "lessOrEqual": "less or equal",
    "greaterOrEqual": "greater or equal",
    "contains": "contains",
    "notContain": "does not contain",
    "startsWith": "starts with",
    "includes": "includes",
    "excludes": "excludes",
    "between": "between",
    "within": "within",
}
_BY_DATA_TYPE: Mapping[str, tuple[str, ...]] = {
    "date": _ORDER,
    "string": _TEXT,
    "double": _ORDER,
    "picklist": _TEXT,
    "textarea": _TEXT,
    "percent": _ORDER,
    "int": _ORDER,
    "url": _TEXT,
    "reference": _EQUALITY,
    "datetime": _ORDER,
    "boolean": _EQUALITY,
    "phone": _TEXT,
    "currency": _ORDER,
    "html": _TEXT,
    "id": (*_EQUALITY, "startsWith"),
    "email": _TEXT,
    "multipicklist": (*_EQUALITY, "includes", "excludes"),
}
# Taken by the API, and not offered by the list of operators.
_ALSO_TAKEN = {"date": ("between",), "datetime": ("between",)}


def is_operator(name: str) -> bool:
    """Tell whether reports know an operator of this name at all."""
    return name in _LABELS


def fits(operator: str, data_type: str) -> bool:
    """Tell whether a column of this type can be filtered with the operator."""
    return operator in _BY_DATA_TYPE.get(data_type, ()) + _ALSO_TAKEN.get(data_type, ())


def operator_map() -> dict[str, list[dict[str, str]]]:
    """Return `dataTypeFilterOperatorMap`: the operators of each data type, with labels."""
    return {
        data_type: [{"label": _LABELS[name], "name": name} for name in names]
        for data_type, names in _BY_DATA_TYPE.items()
    }
