"""The record store: what every database engine offers, and what the engines share.

A store works below the account's scope: it names the account and the list itself. Every method
runs inside the caller's transaction; after an exception the caller rolls back.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection
from django.utils import timezone

from lists.emails import normalise_email
from lists.models import ListRecord, SeenPage
from lists.records.adopt import Edit, adopt
from lists.records.conflicts import Conflicts
from lists.records.errors import ListGoneError, NothingSeenError
from lists.records.masters import follow_masters
from lists.records.merge import find_latest, merge_pulled
from lists.records.people import NotedPerson, note_person
from lists.records.plan import PageCounts, PulledRow, PullPlan, PushedRecord
from lists.records.sent import SentRows, SettledRows
from lists.records.settle import settle_records

SETTLED_AT_ONCE = 2_000


class RecordStore(ABC):
    """Reads and writes the records of a list by the thousand.

    Where `locks_whole_database`, a transaction that writes makes every other writer wait: the
    caller has a page in hand before it begins one.
    """

    locks_whole_database: ClassVar[bool]
    hold_list_sql: ClassVar[str]
    count_seen_sql: ClassVar[str]
    count_missing_sql: ClassVar[str]
    remove_missing_sql: ClassVar[str]
    list_missing_edited_sql: ClassVar[str]

    @abstractmethod
    def apply_page(self, plan: PullPlan, chunks: Iterator[bytes]) -> PageCounts:
        """Take one page of a Bulk API 2.0 result over, given as raw bytes in any cut.

        The same page once more changes nothing. An empty body is a page of no records. Raises a
        PageError where the page must not be trusted, ListGoneError where there is no list. A
        page that lost whole rows at its end cannot be told from a shorter one: the caller
        compares `read` with Salesforce's number.
        """

    @abstractmethod
    def settle_file(self, plan: PullPlan, sent: SentRows) -> SettledRows:
        """Do what `settle_pushed` does, and `remember_seen`, for every row that a file tells of.

        The same file once more changes nothing. Raises a PageError where the file must not be
        trusted; whether rows are missing at its end, the caller sees by the number of rows.
        """

    @abstractmethod
    def _write(self, records: Sequence[ListRecord]) -> None:
        """Store everything but the keys of existing records."""

    def committing_soon(self) -> AbstractContextManager[None]:
        """Give a block whose writes are committed without waiting for the disk.

        For what may as well not have happened when the database loses its power a moment later,
        such as a lease that was prolonged. A database that does not wait anyway ignores it.
        """
        return nullcontext()

    def count_seen(self, plan: PullPlan) -> int:
        """Return how many different records the run has read."""
        with connection.cursor() as cursor:
            cursor.execute(self.count_seen_sql, [plan.run_id])
            return int(cursor.fetchone()[0])

    def count_missing(self, plan: PullPlan) -> int:
        """Return how many of the list's Salesforce records the run has not read.

        Raises NothingSeenError when the run remembered no page.
        """
        _require_seen_pages(plan)
        with connection.cursor() as cursor:
            cursor.execute(self.count_missing_sql, [plan.list_id, plan.run_id])
            return int(cursor.fetchone()[0])

    def remove_missing(self, plan: PullPlan) -> int:
        """Remove the list's Salesforce records that the run has not read; return their number.

        A record that Salesforce does not know yet stays, and so does one with an edit: what
        becomes of that is for the caller to say. Raises NothingSeenError when the run
        remembered no page: otherwise all would go.
        """
        _require_seen_pages(plan)
        with connection.cursor() as cursor:
            cursor.execute(self.remove_missing_sql, [plan.list_id, plan.run_id])
            return int(cursor.rowcount)

    def forget_seen(self, run_id: int) -> None:
        """Drop what was remembered of a run."""
        SeenPage.objects.unscoped().filter(run_id=run_id).delete()

    def remember_seen(self, plan: PullPlan, salesforce_ids: Sequence[str]) -> None:
        """Count records as read: those that the run itself made known to Salesforce."""
        if plan.remember_seen and salesforce_ids:
            SeenPage.objects.create(
                account_id=plan.account_id, run_id=plan.run_id, ids=list(salesforce_ids)
            )

    def settle_pushed(self, plan: PullPlan, outcomes: Sequence[PushedRecord]) -> int:
        """Note that Salesforce took values; return how many records were settled.

        What was sent is agreed on: its dirty entry goes, or, where the value was edited again
        meanwhile, gets the sent value as its base. A record that was removed meanwhile is left
        out. Where another record of the list held the Salesforce id, the two become one.
        """
        return sum(
            self._settle(plan, outcomes[start : start + SETTLED_AT_ONCE])
            for start in range(0, len(outcomes), SETTLED_AT_ONCE)
        )

    def link(self, plan: PullPlan, links: Mapping[UUID, str]) -> None:
        """Tie new records to those that Salesforce has; one that was removed is left out.

        Their values count as changes of a blank: where Salesforce has a value the next pull
        takes it, where it has none ours stays and is pushed. A box that is not ticked is a blank:
        it takes back nobody's tick, and so nobody's opt-out. What stands in a column whose field
        cannot be read now waits like the others for the field, and an open edit keeps its base.
        """
        record_ids = list(links)
        types = {each.key: each.data_type for each in plan.columns}
        for start in range(0, len(record_ids), SETTLED_AT_ONCE):
            part = record_ids[start : start + SETTLED_AT_ONCE]
            records = self._lock(plan.list_id, record_id__in=part)
            for record in records:
                record.salesforce_id = links[record.record_id]
                bases = record.dirty or {}
                entered = [
                    key
                    for key in plan.mirrored_keys
                    if _is_entered(record.data.get(key), types.get(key))
                ]
                record.dirty = {**dict.fromkeys(entered), **bases} or None
            self._write(records)

    def note_people(self, plan: PullPlan, people: Sequence[NotedPerson]) -> None:
        """Keep which lead or contact new members stand for; one that was removed is left out."""
        for start in range(0, len(people), SETTLED_AT_ONCE):
            part = {person.record_id: person for person in people[start : start + SETTLED_AT_ONCE]}
            records = self._lock(plan.list_id, record_id__in=list(part))
            for record in records:
                person = part[record.record_id]
                record.data, record.dirty = note_person(record.data, record.dirty, person)
            self._write(records)

    def _settle(self, plan: PullPlan, outcomes: Sequence[PushedRecord]) -> int:
        list_id = plan.list_id
        sent = self._lock(list_id, record_id__in=[each.record_id for each in outcomes])
        known = self._lock(list_id, salesforce_id__in=[each.salesforce_id for each in outcomes])
        settlement = settle_records(
            outcomes,
            {record.record_id: record for record in sent},
            {record.salesforce_id or "": record for record in known},
            plan.mirrored_keys,
        )
        if settlement.absorbed:
            ListRecord.objects.unscoped().filter(
                list_id=list_id, record_id__in=settlement.absorbed
            ).delete()
        self._write(settlement.changed)
        return settlement.settled

    def follow_merges(self, plan: PullPlan, masters: Mapping[str, str]) -> int:
        """Let records follow those that Salesforce merged them into; return how many did.

        `masters` maps the ids that are gone to those that are left. Where the list holds both,
        the two become one, and no edit of ours is lost.
        """
        losers = self._lock(plan.list_id, salesforce_id__in=list(masters))
        if not losers:
            return 0
        winners = self._lock(plan.list_id, salesforce_id__in=list(set(masters.values())))
        joined = follow_masters(masters, losers, winners, plan, timezone.now())
        ListRecord.objects.unscoped().filter(
            list_id=plan.list_id, record_id__in=joined.absorbed
        ).delete()
        self._write(joined.changed)
        return len(losers)

    def adopt_edits(
        self, plan: PullPlan, edits: Mapping[str, Mapping[str, Edit]], now: datetime
    ) -> int:
        """Make edits those of the plan's records, by Salesforce's ids and the columns' keys.

        A record's own edit of a value stays; return in how many records another gave way to it.
        Each record has to be compared at the next pull.
        """
        overruled = 0
        records = self._lock(plan.list_id, salesforce_id__in=list(edits))
        for record in records:
            given = edits[record.salesforce_id or ""]
            adopted = adopt(record.data, record.dirty, given)
            overruled += any(adopted.data.get(key) != edit.value for key, edit in given.items())
            record.data, record.dirty = adopted.data, adopted.dirty
            moments = (edit.edited_at for edit in given.values())
            record.edited_at = find_latest(record.edited_at, *moments)
            record.content_hash, record.updated_at = None, now
            if plan.email_key is not None:
                record.email = normalise_email(adopted.data.get(plan.email_key))
        self._write(records)
        return overruled

    def list_missing_edited(self, plan: PullPlan) -> list[str]:
        """Return the Salesforce ids of the missing records that have an edit of ours.

        Raises NothingSeenError when the run remembered no page.
        """
        _require_seen_pages(plan)
        with connection.cursor() as cursor:
            cursor.execute(self.list_missing_edited_sql, [plan.list_id, plan.run_id])
            return [row[0] for row in cursor.fetchall()]

    def _hold_list(self, plan: PullPlan) -> None:
        """Make sure that the list is there until the transaction ends.

        This takes the place of a foreign key, which would look the list up for each record.
        """
        with connection.cursor() as cursor:
            cursor.execute(self.hold_list_sql, [plan.list_id, plan.account_id])
            if cursor.fetchone() is None:
                raise ListGoneError("The list was deleted.")

    def _merge(
        self, plan: PullPlan, rows: Sequence[PulledRow], now: datetime, conflicts: Conflicts
    ) -> int:
        """Merge rows into the records that the list has of them; return how many changed."""
        pulled = {row.salesforce_id: row for row in rows}
        records = self._lock(plan.list_id, salesforce_id__in=list(pulled))
        changed = 0
        for record in records:
            changed += _take_over(plan, record, pulled[record.salesforce_id or ""], now, conflicts)
        self._write(records)
        return changed

    def _lock(self, list_id: int, **conditions: Any) -> list[ListRecord]:
        """Read records and keep everyone else from changing them until the transaction ends."""
        found = ListRecord.objects.unscoped().filter(list_id=list_id, **conditions)
        if self.locks_whole_database:  # nobody else writes, and an order would cost a whole walk
            return list(found)
        # One order for all keeps two transactions from waiting for each other.
        return list(found.order_by("record_id").select_for_update())


def _take_over(
    plan: PullPlan, record: ListRecord, row: PulledRow, now: datetime, conflicts: Conflicts
) -> bool:
    """Merge a row into its record and note the conflicts; return whether it changed."""
    merged = merge_pulled(
        record.data,
        record.dirty,
        row.data,
        plan.update_columns,
        edited_at=record.edited_at,
        changed_at=row.changed_at,
    )
    if merged.conflicts:
        conflicts.note(record, merged.conflicts)
    changed = merged.changed or record.owner_id != row.owner_id
    record.data, record.dirty = merged.data, merged.dirty
    record.owner_id, record.content_hash = row.owner_id, row.content_hash
    if plan.email_key in plan.update_keys:
        record.email = normalise_email(merged.data[plan.email_key])
    if changed:
        record.updated_at = now
    return changed


def _is_entered(value: str | None, data_type: str | None) -> bool:
    """Tell whether a value is none of a new record's blanks.

    The type is unknown (None) of a column that is set aside, which may be a box.
    """
    return bool(value) and not (data_type in ("boolean", None) and value == "false")


def _require_seen_pages(plan: PullPlan) -> None:
    if not SeenPage.objects.unscoped().filter(run_id=plan.run_id).exists():
        raise NothingSeenError(f"Run {plan.run_id} remembered no page.")
