"""The store against a model of its rules in a few lines: any pages, any edits, any plan."""

from dataclasses import dataclass, field

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lists.emails import normalise_email
from lists.models import ListRecord, MarketingList
from lists.records import PageCounts, RecordStore
from lists.records.merge import merge_pulled
from tests.lists.records.pages import FIELDS, OWNER, cut, lead_id, plan_for, render

OTHER_OWNER = "005000000000002AAA"

cells = st.one_of(
    st.sampled_from(["", "a", "b", "A@Example.com", "\x1f", 'x"y\n\u2028']),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
)
owners = st.sampled_from([OWNER, OTHER_OWNER])
rows = st.tuples(st.integers(0, 4), owners, cells, cells, cells)
pages = st.lists(rows, max_size=5, unique_by=lambda row: row[0])
plans = st.fixed_dictionaries(
    {"add_new": st.booleans(), "update_keys": st.frozensets(st.sampled_from(FIELDS))}
)
edits = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(FIELDS), st.none() | cells))
steps = st.lists(st.tuples(plans, pages, edits), min_size=1, max_size=4)


@dataclass
class ModelRecord:
    owner: str
    data: dict[str, str | None]
    email: str
    dirty: dict[str, str | None] | None = None


@dataclass
class Model:
    """A list as the rules describe it: every row is looked at, nothing is skipped by a hash."""

    records: dict[str, ModelRecord] = field(default_factory=dict)

    def apply(self, page, *, add_new, update_keys):
        added = updated = overruled = 0
        for number, owner, *values in page:
            data = {key: value or None for key, value in zip(FIELDS, values, strict=True)}
            record = self.records.get(lead_id(number))
            if record is None and add_new:
                self.records[lead_id(number)] = ModelRecord(
                    owner, data, normalise_email(data["Email"])
                )
                added += 1
            elif record is not None:
                merged = merge_pulled(record.data, record.dirty, data, update_keys)
                updated += merged.changed or record.owner != owner
                overruled += merged.overruled
                record.owner, record.data, record.dirty = owner, merged.data, merged.dirty
                if "Email" in update_keys:
                    record.email = normalise_email(merged.data["Email"])
        unchanged = len(page) - added - updated
        return PageCounts(len(page), added, updated, unchanged, overruled=overruled)

    def edit(self, number, key, value):
        record = self.records.get(lead_id(number))
        if record is not None:
            record.dirty = {key: record.data[key], **(record.dirty or {})}
            record.data = {**record.data, key: value or None}
            record.email = normalise_email(record.data["Email"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=steps)
def test_store_does_what_the_model_does(
    store: RecordStore, marketing_list: MarketingList, steps: list
):
    model = Model()
    with transaction.atomic():
        for options, page, edits_after in steps:
            plan = plan_for(marketing_list, **options)
            body = render([(lead_id(number), *rest) for number, *rest in page])
            assert store.apply_page(plan, cut(body, 11)) == model.apply(page, **options)
            again = store.apply_page(plan, cut(body, 64))
            assert again == PageCounts(read=len(page), unchanged=len(page))
            for edit in edits_after:
                model.edit(*edit)
            _store_edits(marketing_list, model)
            assert _stored(marketing_list) == model.records
        transaction.set_rollback(True)


def _store_edits(marketing_list: MarketingList, model: Model) -> None:
    for salesforce_id, record in model.records.items():
        ListRecord.objects.filter(list=marketing_list, salesforce_id=salesforce_id).update(
            data=record.data, dirty=record.dirty, email=record.email
        )


def _stored(marketing_list: MarketingList) -> dict[str | None, ModelRecord]:
    return {
        record.salesforce_id: ModelRecord(record.owner_id, record.data, record.email, record.dirty)
        for record in ListRecord.objects.filter(list=marketing_list)
    }
