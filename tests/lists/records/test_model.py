"""The store against a model of its rules in a few lines: any pages, any edits, any plan."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lists.cells import change_cell
from lists.emails import normalise_email
from lists.models import ListRecord, MarketingList
from lists.records import Conflicts, MergeRule, PageCounts, PullColumn, RecordStore
from lists.records.merge import merge_pulled
from tests.lists.records.pages import FIELDS, OWNER, cut, lead_id, plan_for, render

OTHER_OWNER = "005000000000002AAA"

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPES = {"Email": "email", "LastName": "picklist", "Notes__c": "string"}

NUMBERS = st.integers(0, 2)
# Few values, so that sides agree, differ and go blank often.
cells = st.sampled_from(["", "", "a", "b"]) | st.one_of(
    st.sampled_from(["A", "A@Example.com", "a@example.com", "\x1f", 'x"y\n\u2028']),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
)
owners = st.sampled_from([OWNER, OTHER_OWNER])
times = st.integers(0, 3).map(lambda minutes: NOON + timedelta(minutes=minutes))
rows = st.tuples(NUMBERS, owners, times, cells, cells, cells)
pages = st.lists(rows, max_size=5, unique_by=lambda row: row[0])
plans = st.fixed_dictionaries(
    {
        "add_new": st.booleans(),
        "update_keys": st.just(frozenset(FIELDS)) | st.frozensets(st.sampled_from(FIELDS)),
        "rules": st.fixed_dictionaries({name: st.sampled_from(MergeRule) for name in FIELDS}),
    }
)
edits = st.lists(st.tuples(NUMBERS, st.sampled_from(FIELDS), st.none() | cells, times), max_size=2)
# Each page comes under one set-up after the other: what the first one left out, the next looks at.
steps = st.lists(st.tuples(st.tuples(plans, plans), pages, edits), min_size=1, max_size=4)


@dataclass
class ModelRecord:
    owner: str
    data: dict[str, str | None]
    email: str
    dirty: dict[str, str | None] | None = None
    edited_at: datetime | None = None
    looked_at: object = field(default=None, compare=False)


@dataclass
class Model:
    """A list as the rules describe it: every row is looked at, nothing is skipped by a hash.

    With one exception: where a value was kept against a blank, the same row under the same
    set-up says nothing new, whatever was edited since.
    """

    records: dict[str, ModelRecord] = field(default_factory=dict)

    def apply(self, page, plan):
        added = updated = 0
        conflicts = Conflicts()
        for number, owner, changed_at, *values in page:
            data = {key: value or None for key, value in zip(FIELDS, values, strict=True)}
            record = self.records.get(lead_id(number))
            look = (owner, values, plan.update_keys, tuple(plan.kept_keys))
            if record is None and plan.add_new:
                email = normalise_email(data["Email"])
                self.records[lead_id(number)] = ModelRecord(owner, data, email)
                added += 1
            elif record is not None and not (plan.kept_keys and record.looked_at == look):
                updated += self._merge(record, owner, data, changed_at, plan, conflicts)
                record.looked_at = look
        unchanged = len(page) - added - updated
        return PageCounts(len(page), added, updated, unchanged, conflicts=conflicts)

    def _merge(self, record, owner, data, changed_at, plan, conflicts):
        merged = merge_pulled(
            record.data,
            record.dirty,
            data,
            [column for column in plan.columns if column.key in plan.update_keys],
            edited_at=record.edited_at,
            changed_at=changed_at,
        )
        changed = merged.changed or record.owner != owner
        record.owner, record.data, record.dirty = owner, merged.data, merged.dirty
        if "Email" in plan.update_keys:
            record.email = normalise_email(merged.data["Email"])
        conflicts.values += len(merged.conflicts)
        conflicts.overruled += any(not each.ours_won for each in merged.conflicts)
        conflicts.upheld += any(each.ours_won for each in merged.conflicts)
        return changed

    def edit(self, number, key, value, edited_at):
        record = self.records.get(lead_id(number))
        if record is not None:
            record.data, record.dirty = change_cell(
                record.data, record.dirty, key, value or None, is_mirrored=True
            )
            record.email = normalise_email(record.data["Email"])
            record.edited_at = edited_at


@pytest.mark.fault("F48")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=steps)
def test_store_does_what_the_model_does(
    store: RecordStore, marketing_list: MarketingList, steps: list
):
    model = Model()
    with transaction.atomic():
        for set_ups, page, edits_after in steps:
            for options in set_ups:
                plan = make_plan(marketing_list, **options)
                body = render_page(plan, page)
                assert store.apply_page(plan, cut(body, 11)) == model.apply(page, plan)
                again = store.apply_page(plan, cut(body, 64))
                assert again == PageCounts(read=len(page), unchanged=len(page))
                assert _stored(marketing_list) == model.records
            for edit in edits_after:
                model.edit(*edit)
            _store_edits(marketing_list, model)
        transaction.set_rollback(True)


def make_plan(marketing_list, *, rules, **options):
    columns = tuple(PullColumn(name, name, TYPES[name], rules[name]) for name in FIELDS)
    return plan_for(marketing_list, columns=columns, **options)


def render_page(plan, page):
    """Return a page in which the time stands where no other test has it: in the middle."""
    header, rows = ["Id", "OwnerId", "LastModifiedDate", *FIELDS], []
    for number, owner, changed_at, *values in page:
        rows.append([lead_id(number), owner, f"{changed_at:%Y-%m-%dT%H:%M:%S}.000Z", *values])
    if not plan.compares_times:
        header, *rows = [line[:2] + line[3:] for line in (header, *rows)]
    return render(rows, header)


def _store_edits(marketing_list: MarketingList, model: Model) -> None:
    for salesforce_id, record in model.records.items():
        ListRecord.objects.filter(list=marketing_list, salesforce_id=salesforce_id).update(
            data=record.data,
            dirty=record.dirty,
            email=record.email,
            edited_at=record.edited_at,
        )


def _stored(marketing_list: MarketingList) -> dict[str | None, ModelRecord]:
    return {
        record.salesforce_id: ModelRecord(
            record.owner_id, record.data, record.email, record.dirty, record.edited_at
        )
        for record in ListRecord.objects.filter(list=marketing_list)
    }
