"""Everything that is read of people.

An account's records are indexed by list and address. Every query names the lists, so that each
list's part of the index is entered where the addresses begin that are asked for: the cost grows
with the number of lists, not with the number of records.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from lists.grid import LAST_CHARACTER
from lists.models import ListColumn, ListRecord, MarketingList
from prospects.people import Person, PersonRecord

PEOPLE_PER_PAGE = 50
# An address that stands for "none" can be that of thousands; no person has so many records.
RECORDS_PER_PERSON = 50

Lists = Mapping[int, MarketingList]


@dataclass(frozen=True)
class PeoplePage:
    """People in the order of their addresses; `after` is where the next page starts.

    Of each list a person has one record here. `after` is empty on the last page.
    """

    people: Sequence[Person] = ()
    after: str = ""


def list_people(*, start: str = "", after: str = "") -> PeoplePage:
    """Return the people whose address begins with `start` (normalised) and comes after `after`."""
    lists = MarketingList.objects.in_bulk()
    found = _list_addresses(lists, start, after, limit=PEOPLE_PER_PAGE + 1)
    shown = found[:PEOPLE_PER_PAGE]
    return PeoplePage(_make_people(lists, shown), shown[-1] if len(found) > len(shown) else "")


def get_person(address: str) -> Person:
    """Return an address (normalised, not blank) with its records, those of one list together."""
    lists = MarketingList.objects.in_bulk()
    found = ListRecord.objects.filter(list_id__in=lists, email=address)
    shown = found.order_by("list_id", "record_id")[:RECORDS_PER_PERSON]
    return Person(address, _with_columns(lists, shown), found.count())


def _list_addresses(
    list_ids: Collection[int], start: str, after: str, *, limit: int
) -> Sequence[str]:
    # One range and no more: SQLite enters the index by one bound of each side. Texts compare here
    # as they do in the database, character by character.
    lower = Q(email__gt=after) if after >= start else Q(email__gte=start)
    bound = _find_bound(ListRecord.objects.filter(lower, email__lt=start + LAST_CHARACTER), limit)
    upper = Q(email__lt=start + LAST_CHARACTER) if bound is None else Q(email__lte=bound)
    found = ListRecord.objects.filter(lower, upper, list_id__in=list_ids)
    return list(_distinct(found)[:limit])


def _find_bound(found: QuerySet[ListRecord], limit: int) -> str | None:
    """Return an address up to which there are enough addresses, None where all are needed.

    The list that reaches its `limit`th address first has enough by itself, and no list has more
    than `limit` up to there. So little is sorted, however many addresses are found.
    """
    of_a_list = _distinct(found.filter(list_id=OuterRef("pk")))
    bound: str | None = MarketingList.objects.aggregate(
        bound=Min(Subquery(of_a_list[limit - 1 : limit]))
    )["bound"]
    return bound


def _distinct(found: QuerySet[ListRecord]) -> QuerySet[ListRecord, str]:
    return found.order_by("email").values_list("email", flat=True).distinct()


def _make_people(lists: Lists, addresses: Collection[str]) -> Sequence[Person]:
    groups = list(_group_by_list(lists, addresses))
    counts: Counter[str] = Counter()
    for address, count, _ in groups:
        counts[address] += count
    first = ListRecord.objects.filter(
        list_id__in=lists, record_id__in=[UUID(first_id) for _, _, first_id in groups]
    )
    records: Mapping[str, list[PersonRecord]] = defaultdict(list)
    for each in _with_columns(lists, first.order_by("list_id")):
        records[each.record.email].append(each)
    # A record may have been removed or changed since its address was read.
    return [
        Person(address, records[address], counts[address])
        for address in addresses
        if address in records
    ]


def _group_by_list(
    list_ids: Collection[int], addresses: Collection[str]
) -> QuerySet[ListRecord, tuple[str, int, str]]:
    """Return address, number of records and one record's id, for each list and address."""
    found = ListRecord.objects.filter(list_id__in=list_ids, email__in=addresses)
    # PostgreSQL has no smallest UUID before its version 18, but a smallest text.
    first_id = Min(Cast("record_id", TextField()))
    groups = found.values("list_id", "email").annotate(count=Count("record_id"), first_id=first_id)
    return groups.values_list("email", "count", "first_id")


def _with_columns(lists: Lists, records: Iterable[ListRecord]) -> Sequence[PersonRecord]:
    found = list(records)
    columns: Mapping[int, list[ListColumn]] = defaultdict(list)
    for column in ListColumn.objects.filter(list_id__in={record.list_id for record in found}):
        columns[column.list_id].append(column)
    return [PersonRecord(lists[each.list_id], each, columns[each.list_id]) for each in found]
