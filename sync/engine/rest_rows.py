"""Records as REST gives them, written as a page of a Bulk result: one way into the store.

The text of a cell must be the same on both ways, or a record would differ from itself.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from connectors.salesforce import ProtocolError, bulk_csv_writer
from connectors.selectors import list_fields
from lists.records import PullPlan
from sync.engine.changes_queries import build_changes_query
from sync.engine.windows import Window
from sync.options import RunOptions

# Types that both APIs write alike, or with the differences that `to_text` knows. Numbers with
# decimals are not among them: JSON may have 1.0E7 where the CSV has 10000000.0.
TEXT_TYPES = {"email", "encryptedstring", "phone", "string", "textarea", "url"}
CHOICE_TYPES = {"boolean", "combobox", "multipicklist", "picklist"}
OTHER_TYPES = {"date", "datetime", "id", "int", "reference"}
SAFE_TYPES = TEXT_TYPES | CHOICE_TYPES | OTHER_TYPES
# Salesforce takes an address of 16,384 bytes.
LONGEST_QUERY = 14_000


def find_types(options: RunOptions) -> dict[str, str]:
    """Return the Salesforce types of the list's fields, as far as they are described."""
    names = [column.field for column in options.columns]
    described = list_fields(options.sobject_type).filter(name__in=names)
    return dict(described.values_list("name", "data_type"))


def can_go_by_rest(options: RunOptions) -> bool:
    """Tell whether REST takes a query of the list's fields, and gives them as a Bulk result."""
    some_time = datetime(2000, 1, 1, tzinfo=UTC)
    query = build_changes_query(
        options, Window(some_time, some_time), (some_time.isoformat(), "0" * 18)
    )
    types = find_types(options)
    is_safe = all(types.get(column.field) in SAFE_TYPES for column in options.columns)
    return is_safe and len(quote_plus(query)) <= LONGEST_QUERY


def to_csv(plan: PullPlan, types: Mapping[str, str], records: Sequence[Mapping[str, Any]]) -> bytes:
    """Return records as the CSV of the plan's fields.

    Raises ProtocolError when a record lacks a field that was asked for: it is not an empty value.
    """
    text = io.StringIO(newline="")
    writer = bulk_csv_writer(text)
    names = plan.field_names
    writer.writerow(names)
    kinds = [types.get(name, "id") for name in names]
    for record in records:
        if missing := [name for name in names if name not in record]:
            raise ProtocolError("COLUMNS_WRONG", f"A record lacks {', '.join(missing)}.")
        writer.writerow([to_text(record[n], kind) for n, kind in zip(names, kinds, strict=True)])
    # Half of a surrogate pair, which JSON can hold, is replaced where the page is read.
    return text.getvalue().encode("utf-8", "surrogatepass")


def to_text(value: Any, data_type: str) -> str:
    """Return a value of REST's as the text of a cell; null is an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if data_type == "datetime":
        return str(value).replace("+0000", "Z")
    return str(value)
