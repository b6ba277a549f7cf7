"""The list of what a query selects, written out in full."""

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Call, Path, Query

MOST_ROWS_OF_FIELDS = 200
_GROUPS = frozenset({"ALL", "STANDARD", "CUSTOM"})


def expand_select(query: Query, sobject: SObject, text: str) -> tuple[Path | Call | Query, ...]:
    """Return the selected items with FIELDS(...) replaced by the fields it stands for.

    Raises MALFORMED_QUERY when a field is selected twice.
    """
    items: list[Path | Call | Query] = []
    for item in query.select:
        if isinstance(item, Call) and item.function == "FIELDS":
            items += _fields(item, query, sobject, text)
        else:
            items.append(item)
    seen = set()
    for item in items:
        name = str(item).lower() if isinstance(item, Path) else None
        if name is not None and name in seen and not query.group:
            raise query_error("MALFORMED_QUERY", f"duplicate field selected: {item}", text, item.at)
        seen.add(name)
    return tuple(items)


def _fields(item: Call, query: Query, sobject: SObject, text: str) -> list[Path]:
    group = str(item.argument).upper()
    if group not in _GROUPS:
        raise query_error("MALFORMED_QUERY", f"unexpected token: '{group}'", text, item.at)
    if group != "STANDARD" and (query.limit is None or query.limit > MOST_ROWS_OF_FIELDS):
        raise SalesforceError(
            "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"
        )
    chosen = [
        field for field in sobject.fields if group == "ALL" or field.custom == (group == "CUSTOM")
    ]
    return [Path((field.name,), item.at) for field in chosen]
