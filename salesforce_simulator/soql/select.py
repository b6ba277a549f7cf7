"""The list of what a query selects, written out in full and checked."""

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.functions import DATE_FUNCTIONS, is_aggregate
from salesforce_simulator.soql.nodes import Call, Path, Query, Selected, Typeof

MOST_ROWS_OF_FIELDS = 200
_GROUPS = frozenset({"ALL", "STANDARD", "CUSTOM"})

Items = tuple[Selected | Typeof | Query, ...]


def kind_of(query: Query) -> str:
    """Return what the query's rows are: records, groups (aggregate), or just a count."""
    first = query.select[0]
    if isinstance(first, Selected) and str(first.expression).upper() == "COUNT()":
        return "count"
    if query.group or any(is_aggregate(expression) for expression in expressions(query.select)):
        return "aggregate"
    return "records"


def expressions(items: Items) -> list[Path | Call]:
    """Return the selected fields and functions."""
    return [item.expression for item in items if isinstance(item, Selected)]


def expand_fields(query: Query, sobject: SObject, text: str) -> Items:
    """Return the selected items with FIELDS(...) replaced by the fields it stands for."""
    items: list[Selected | Typeof | Query] = []
    for item in query.select:
        expression = item.expression if isinstance(item, Selected) else None
        if isinstance(expression, Call) and expression.function == "FIELDS":
            items += _fields(expression, query, sobject, text)
        else:
            items.append(item)
    return tuple(items)


def _fields(item: Call, query: Query, sobject: SObject, text: str) -> list[Selected]:
    group = str(item.argument).upper()
    if group not in _GROUPS:
        raise query_error("MALFORMED_QUERY", f"unexpected token: '{item.argument}'", text, item.at)
    if group != "STANDARD" and (query.limit is None or query.limit > MOST_ROWS_OF_FIELDS):
        raise SalesforceError(
            "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"
        )
    chosen = [
        field for field in sobject.fields if group == "ALL" or field.custom == (group == "CUSTOM")
    ]
    return [Selected(Path((field.name,), item.at), None) for field in chosen]


def check_records(items: Items, text: str) -> None:
    """Check the items of a query for records: no field twice, no alias for a field."""
    seen = set()
    for item in items:
        if not isinstance(item, Selected):
            continue
        expression = item.expression
        if isinstance(expression, Path) and item.alias:
            raise query_error(
                "MALFORMED_QUERY", "only aggregate expressions use field aliasing", text, item.at
            )
        if isinstance(expression, Call) and expression.function in DATE_FUNCTIONS:
            raise query_error(
                "MALFORMED_QUERY", f"Field must be grouped or aggregated: {expression}", text,
                item.at,
            )  # fmt: skip
        name = (item.alias or _field_name(expression)).lower()
        if name in seen:
            raise query_error(
                "MALFORMED_QUERY",
                f"duplicate field selected: {item.alias or expression}",
                text,
                item.at,
            )
        seen.add(name)


def _field_name(expression: Path | Call | None) -> str:
    """Return the field that a function such as toLabel is about."""
    while isinstance(expression, Call):
        expression = expression.argument
    return str(expression)
