"""The rows of a list's grid: what is searched, in which order, and how far one can page.

A list may hold a million records. Addresses are sorted and searched by an index; the other
columns live in JSON and cost a look at every record of the list.
"""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Expression,
    F,
    FloatField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower, NullIf

from lists.emails import normalise_email
from lists.models import ListColumn, ListRecord, MarketingList, SystemUsage
from lists.records.index_order import walk_index

ROWS_PER_PAGE = 50
# Behind these a search is quicker than paging, for the person and for the database.
REACHABLE_ROWS = 2_000
# A search of every column of a larger list would keep a person waiting for many seconds.
SEARCHABLE_RECORDS = 100_000

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
    NEW; `sort` is a column's key or EMAIL, with a minus for the descending order.
    """

    search: str = ""
    search_in: str = EMAIL
    show: str = ""
    sort: str = EMAIL

    @property
    def is_narrowed(self) -> bool:
        """Whether some records are left out."""
        return bool(self.search or self.show)

    @property
    def searches_text(self) -> bool:
        """Whether the columns in JSON are searched."""
        return bool(self.search) and self.search_in != EMAIL


class GridPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Pages of at most REACHABLE_ROWS, which are counted without looking further."""

    @cached_property
    def count(self) -> int:
        """How many rows can be reached."""
        records: Any = self.object_list
        return int(records.values("record_id")[:REACHABLE_ROWS].count())


def read_page(
    marketing_list: MarketingList, columns: Mapping[str, ListColumn], query: GridQuery, number: Any
) -> Page[ListRecord]:
    """Return a page of the records that the query asks for; `columns` are the list's by key.

    A `number` that makes no sense gives the first page, one behind the last gives the last.
    """
    records = _show(ListRecord.objects.filter(list=marketing_list), query.show)
    if query.search:
        records = _search(records, columns, query)
    column = columns.get(query.sort.removeprefix("-"))
    by_email = column is None or column.system_usage == SystemUsage.EMAIL
    is_indexed = by_email and not query.show and not query.searches_text
    with walk_index() if is_indexed else nullcontext():
        found = _sort(records, column, query)
        page = GridPaginator(found, ROWS_PER_PAGE).get_page(number)
        page.object_list = list(page.object_list)
    return page


def _show(records: QuerySet[ListRecord], show: str) -> QuerySet[ListRecord]:
    if show == NEW:
        return records.filter(salesforce_id__isnull=True)
    if show == CHANGED:
        # The condition of the small index of unsent records, word for word: SQLite compares text.
        unsent = records.filter(Q(dirty__isnull=False) | Q(salesforce_id__isnull=True))
        changed = unsent.filter(dirty__isnull=False).values("record_id")
        return records.filter(record_id__in=changed)
    return records


def _search(
    records: QuerySet[ListRecord], columns: Mapping[str, ListColumn], query: GridQuery
) -> QuerySet[ListRecord]:
    if query.search_in == EMAIL:
        start = normalise_email(query.search)
        # A range, not LIKE: the index serves it on every database.
        return records.filter(email__gte=start, email__lt=start + LAST_CHARACTER)
    keys = columns if query.search_in == EVERY_COLUMN else [query.search_in]
    return _filter_by_text(records, keys, query.search)


def _filter_by_text(
    records: QuerySet[ListRecord], keys: Iterable[str], text: str
) -> QuerySet[ListRecord]:
    # Named by number: Django would take the two underscores of a custom field apart.
    cells = {f"cell_{place}": _text_of(key) for place, key in enumerate(keys)}
    found = Q()
    for name in cells:
        found |= Q(**{f"{name}__icontains": text})
    return records.alias(**cells).filter(found)


def _sort(
    records: QuerySet[ListRecord], column: ListColumn | None, query: GridQuery
) -> QuerySet[ListRecord]:
    is_descending = query.sort.startswith("-")
    if column is None or column.system_usage == SystemUsage.EMAIL:
        # Addresses are in lower case anyway. Said aloud it keeps SQLite from walking the large
        # index of addresses past all the records that are not asked for.
        email = Lower("email") if query.show else F("email")
        if is_descending:
            return records.order_by(email.desc(), "-record_id")
        return records.order_by(email.asc(), "record_id")
    records = records.alias(cell_text=_text_of(column.key))
    cell: Expression | F = F("cell_text")
    if column.data_type in NUMBER_TYPES:
        cell = Case(When(cell_text__regex=NUMBER, then=Cast(cell, FloatField())))
    place = cell.desc(nulls_last=True) if is_descending else cell.asc(nulls_last=True)
    return records.order_by(place, "record_id")


def _text_of(key: str) -> Expression:
    # SQLite gives a JSON null as the word.
    return NullIf(KeyTextTransform(key, "data"), Value("null"), output_field=TextField())
