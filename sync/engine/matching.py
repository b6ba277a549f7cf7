"""Before a record is created: whether Salesforce knows this person already.

A person stands in Salesforce as a lead or as a contact; a contact weighs more. A new record whose
e-mail address belongs to one record of the list's own object is linked to it; any other match is
set aside, because a second record of the same person is what nobody can undo.

Salesforce is asked once for a window of new records: for their addresses alone while they are
few, otherwise for everyone's by one Bulk query, of which only the wanted ones are kept.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from connectors.salesforce import (
    AllOf,
    Condition,
    build_select,
    build_selects_in,
    iterate_records,
    iterate_result_rows,
    normalise_id,
    start_query,
)
from lists.emails import list_spellings, normalise_email
from lists.models import ListRecord
from sync.engine.context import RunContext
from sync.engine.push_rows import EXTERNAL_ID_FIELD, NO_RECORD, Batch, PushRow, Refusal
from sync.engine.queries import CREATED_AT, LEAD_IS_OPEN
from sync.engine.windows import Window, in_windows

# New records whose addresses are held at once, some 40 MB of them at worst.
WINDOW_ROWS = 200_000
# From this many addresses on, one Bulk query of all of them costs less than IN lists.
BULK_FROM = 2_000
IDS_PER_QUERY = 5_000
FIELDS = ["Id", "Email", EXTERNAL_ID_FIELD]


def other_type(sobject_type: str) -> str:
    """Return the other of the two objects that a person may be."""
    return "Contact" if sobject_type == "Lead" else "Lead"


class Match(NamedTuple):
    """A record of Salesforce with a wanted address, and whether the list has it already."""

    id: str
    external_id: str
    is_listed: bool = False


class Matches(NamedTuple):
    """Who has an address: records of the list's own object, and of the other one."""

    own: tuple[Match, ...] = ()
    other: tuple[Match, ...] = ()


NOBODY = Matches()


class Matcher:
    """Sorts rows of new records, given in the order of their ids, by what Salesforce knows.

    Salesforce was asked for the records up to the id `upto`.
    """

    def __init__(self, context: RunContext, records: QuerySet[ListRecord]) -> None:
        """Take the new records that are going to be given, in the order of their ids."""
        self._context = context
        self._records = records
        self.upto = NO_RECORD
        self._by_email: dict[str, Matches | None] = {}  # None: another row has taken the address
        self._own_type = context.options.sobject_type
        self._other_type = other_type(self._own_type)

    def may_be_sent(self, row: PushRow, batch: Batch) -> bool:
        """Tell whether the row is to be sent; otherwise note in the batch what becomes of it.

        A record that was entered, or got its address, after Salesforce was asked is left for
        the next run.
        """
        if not row.email:
            return True
        if row.email not in self._by_email:
            return False
        matches = self._by_email[row.email]
        self._by_email[row.email] = None
        if matches is None:
            batch.refusals.append(_refuse_second(row))
            return False
        return matches is NOBODY or _place(row, matches, batch)

    def ask_from(self, first: UUID) -> None:
        """Ask Salesforce for the window that begins with a record, unless it is known already."""
        if first <= self.upto:
            return
        self._by_email = dict.fromkeys(self._read_window(first), NOBODY)
        if not self._by_email:
            return
        for email, match in self._read(self._own_type):
            known = self._by_email[email] or NOBODY
            self._by_email[email] = known._replace(own=(*known.own, match))
        self._mark_listed()
        for email, match in self._read(self._other_type):
            known = self._by_email[email] or NOBODY
            self._by_email[email] = known._replace(other=(*known.other, match))

    def _read_window(self, first: UUID) -> Iterator[str]:
        """Return the addresses of the next window, and note where it ends."""
        window = self._records.filter(record_id__gte=first)
        ids = window.values_list("record_id", flat=True)
        self.upto = ids[WINDOW_ROWS - 1 : WINDOW_ROWS].first() or ids.last() or first
        emails = window.filter(record_id__lte=self.upto).exclude(email="")
        return emails.values_list("email", flat=True).iterator()

    def _mark_listed(self) -> None:
        found = [(email, each) for email, each in self._by_email.items() if each and each.own]
        listed = ListRecord.objects.filter(list_id=self._context.run.job.list_id)
        for start in range(0, len(found), IDS_PER_QUERY):
            part = found[start : start + IDS_PER_QUERY]
            ids = [match.id for _, matches in part for match in matches.own]
            known = set(
                listed.filter(salesforce_id__in=ids).values_list("salesforce_id", flat=True)
            )
            for email, matches in part:
                own = tuple(each._replace(is_listed=each.id in known) for each in matches.own)
                self._by_email[email] = matches._replace(own=own)

    def _read(self, sobject_type: str) -> Iterator[tuple[str, Match]]:
        """Yield the records of `sobject_type` with one of the wanted addresses."""
        wanted = self._by_email
        read = _read_all if len(wanted) >= BULK_FROM else _read_wanted
        pretended = self._context.read_addresses(sobject_type)
        for record_id, raw_email, external_id in read(self._context, sobject_type, wanted):
            email = normalise_email(raw_email)
            if email in wanted and normalise_id(record_id) not in pretended:
                yield email, Match(record_id, external_id)
        for record_id, address in pretended.items():
            if (email := normalise_email(address)) in wanted:
                yield email, Match(record_id, "")


def _place(row: PushRow, matches: Matches, batch: Batch) -> bool:
    own = matches.own
    if any(match.external_id == str(row.record_id) for match in own):
        # Created by an earlier attempt of ours whose answer was lost: the upsert finds it again.
        return True
    if matches.other or len(own) > 1 or own[0].is_listed:
        batch.refusals.append(_refuse(row, matches))
    else:
        batch.links.append((row, own[0].id))
    return False


def _refuse_second(row: PushRow) -> Refusal:
    return row.refuse(
        "ADDRESS_TWICE_IN_LIST",
        f"Another new record of this list has the address {row.email} too.",
        "Delete one of the two, or correct its address, then run the sync again.",
    )


def _refuse(row: PushRow, matches: Matches) -> Refusal:
    own, other = matches
    if other:
        return row.refuse(
            "MATCHES_OTHER_OBJECT",
            f"Salesforce knows {row.email} already as {other[0].id}.",
            "Work with this person in the list that holds the other record.",
        )
    if len(own) > 1:
        ids = ", ".join(match.id for match in own[:5])
        return row.refuse(
            "MULTIPLE_MATCHES",
            f"Salesforce has {len(own)} records with {row.email}: {ids}.",
            "Merge them in Salesforce, then run the sync again.",
        )
    return row.refuse(
        "ALREADY_IN_LIST",
        f"{row.email} is in this list already, as Salesforce record {own[0].id}.",
        "Delete the newer of the two records in the list.",
    )


def _open_only(sobject_type: str) -> Condition | None:
    return LEAD_IS_OPEN if sobject_type == "Lead" else None


def _read_wanted(
    context: RunContext, sobject_type: str, wanted: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    queries = build_selects_in(
        sobject_type,
        FIELDS,
        known_fields={*FIELDS, "IsConverted"},
        field="Email",
        values=sorted(spelling for email in wanted for spelling in list_spellings(email)),
        where=_open_only(sobject_type),
    )
    for soql in queries:
        context.check()
        for record in iterate_records(context.client, soql):
            record_id, email, external_id = (record[name] or "" for name in FIELDS)
            yield record_id, email, external_id


def _read_all(
    context: RunContext, sobject_type: str, _: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    has_address = Condition("Email", "!=", None)
    open_only = _open_only(sobject_type)
    conditions = [has_address, open_only] if open_only else [has_address]

    def read_window(window: Window) -> Iterator[tuple[str, ...]]:
        soql = build_select(
            sobject_type,
            FIELDS,
            known_fields={*FIELDS, "IsConverted", CREATED_AT},
            where=AllOf(*conditions, *window.conditions(CREATED_AT)),
        )
        job = context.wait_for(start_query(context.client, soql))
        return iterate_result_rows(context.client, job, FIELDS)

    rows = in_windows(context, read_window)
    yield from ((record_id, email, external_id) for record_id, email, external_id in rows)
