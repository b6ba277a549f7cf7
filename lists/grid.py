"""The rows of a list's grid: what is searched, in which order, and how far one can page.

A list may hold a million records. Addresses are sorted and searched by an index; the other
columns live in JSON and cost a look at every record of the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Expression, F, FloatField, Q, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, NullIf

from lists.emails import normalise_email
from lists.models import ListColumn, ListRecord, MarketingList, SystemUsage

ROWS_PER_PAGE = 50
# Behind these a search is quicker than paging, for the person and for the database.
REACHABLE_ROWS = 10_000

EMAIL, EVERY_COLUMN = "email", "*"
CHANGED, NEW = "changed", "new"

NUMBER_TYPES = frozenset({"int", "long", "double", "currency", "percent"})
# What every database can take for a number: a column may hold any text.
NUMBER = r"^[-+]?[0-9]{1,30}([.][0-9]{0,30})?([eE][-+]?[0-9]{1,2})?$"
LAST_CHARACTER = chr(0x10FFFF)


@dataclass(frozen=True)
class GridQuery:
    """What a person asks of the grid.

    `search_in` is a column's key, EMAIL (begins with) or EVERY_COLUMN; `show` is empty, CHANGED or
    NEW; `sort` is a column's key, with a minus for the descending order.
    """

    search: str = ""
    search_in: str = EMAIL
    show: str = ""
    sort: str = EMAIL


class GridPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Pages of at most REACHABLE_ROWS, which are counted without looking further."""

    @cached_property
    def count(self) -> int:
        """How many rows can be reached."""
        records: Any = self.object_list
        return int(records.order_by().values("record_id")[:REACHABLE_ROWS].count())


def find_records(
    marketing_list: MarketingList, columns: Mapping[str, ListColumn], query: GridQuery
) -> QuerySet[ListRecord]:
    """Return the records that the query asks for, in its order; `columns` are by key."""
    records = ListRecord.objects.filter(list=marketing_list)
    if query.show == CHANGED:
        records = records.filter(dirty__isnull=False, salesforce_id__isnull=False)
    elif query.show == NEW:
        records = records.filter(salesforce_id__isnull=True)
    if query.search:
        records = _search(records, columns, query)
    return _sort(records, columns, query.sort)


def _search(
    records: QuerySet[ListRecord], columns: Mapping[str, ListColumn], query: GridQuery
) -> QuerySet[ListRecord]:
    if query.search_in == EMAIL:
        start = normalise_email(query.search)
        # A range, not LIKE: the index serves it on every database.
        return records.filter(email__gte=start, email__lt=start + LAST_CHARACTER)
    keys = columns if query.search_in == EVERY_COLUMN else [query.search_in]
    # Named by number: Django would take the two underscores of a custom field apart.
    texts = {f"cell_{place}": _text_of(key) for place, key in enumerate(keys)}
    found = Q()
    for name in texts:
        found |= Q(**{f"{name}__icontains": query.search})
    return records.alias(**texts).filter(found)


def _sort(
    records: QuerySet[ListRecord], columns: Mapping[str, ListColumn], sort: str
) -> QuerySet[ListRecord]:
    key, is_descending = sort.removeprefix("-"), sort.startswith("-")
    column = columns.get(key)
    if column is None or column.system_usage == SystemUsage.EMAIL:
        order = ["-email", "-record_id"] if is_descending else ["email", "record_id"]
        return records.order_by(*order)
    records = records.alias(cell_text=_text_of(column.key))
    cell: Expression | F = F("cell_text")
    if column.data_type in NUMBER_TYPES:
        cell = Case(When(cell_text__regex=NUMBER, then=Cast(cell, FloatField())))
    place = cell.desc(nulls_last=True) if is_descending else cell.asc(nulls_last=True)
    return records.order_by(place, "record_id")


def _text_of(key: str) -> Expression:
    # SQLite gives a JSON null as the word.
    return NullIf(KeyTextTransform(key, "data"), Value("null"), output_field=TextField())
