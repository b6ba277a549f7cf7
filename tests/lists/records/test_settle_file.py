"""What a Bulk job's file of successful rows leaves behind: the same as its rows one by one."""

import random
import uuid

import pytest

from lists.models import ListRecord, SeenPage
from lists.records import MissingColumnError, PullColumn, PushedRecord, SentRows, TruncatedPageError
from tests.factories import ListRecordFactory, MarketingListFactory
from tests.lists.records.pages import cut, lead_id, plan_for, render

KEYS = ("A", "B", "C d")
FIELDS = ("A", "B__c", "C__c")
RECORD_KEY = "Record_Id__c"
VALUES = (None, "", "1", "zwei", 'drei "3"\n', "#N/A", "\N{GRINNING FACE}")


def plan_of(marketing_list, **changes):
    columns = tuple(PullColumn(*pair) for pair in zip(KEYS, FIELDS, strict=True))
    return plan_for(
        marketing_list, columns=columns, email_key=None, update_keys=frozenset(), **changes
    )


def file_of(rows, fields=FIELDS, *, key=RECORD_KEY):
    """Return the file as Salesforce writes it: row = (id, key, one value per field)."""
    lines = [(row[0], "true", *row[1:]) for row in rows]
    return render(lines, header=("sf__Id", "sf__Created", key, *fields))


def settle_file(store, plan, body, *, are_new, size=11):
    key = RECORD_KEY if are_new else "Id"
    return store.settle_file(plan, SentRows(cut(body, size), key, are_new=are_new))


def state(marketing_list):
    """Return what the list's records hold, without the keys that differ between two lists."""
    return sorted(
        repr((r.email, r.salesforce_id, r.owner_id, r.data, r.dirty, r.content_hash is None))
        for r in ListRecord.objects.filter(list=marketing_list)
    )


class TwoLists:
    """The same random records in two lists, and what Salesforce took of them."""

    def __init__(self, seed, first, second, *, are_new, twins=0):
        self.chance, self.are_new = random.Random(seed), are_new
        self.lists = (first, second)
        self.outcomes, self.rows = [], []
        self.fields = FIELDS[: self.chance.randint(1, 3)]
        for number in range(40):
            self._add(number)
        self._add_twins(twins)

    def _add(self, number):
        chance = self.chance
        data = {key: chance.choice(VALUES) for key in KEYS if chance.random() < 0.9}
        dirty = {key: chance.choice(VALUES) for key in KEYS if chance.random() < 0.5} or None
        known = None if self.are_new else lead_id(number)
        pair = [
            ListRecordFactory(
                list=each,
                salesforce_id=known,
                email=f"{number}@example.com",
                data=data,
                dirty=dirty,
                content_hash=uuid.UUID(int=1),
            )
            for each in self.lists
        ]
        cells = [self._cell(data.get(key)) for key in KEYS[: len(self.fields)]]
        sent = {
            key: None if cell == "#N/A" else cell
            for key, cell in zip(KEYS, cells, strict=False)
            if cell
        }
        self.outcomes.append(PushedRecord(pair[0].record_id, lead_id(number), sent))
        key = str(pair[1].record_id) if self.are_new else lead_id(number)
        self.rows.append((lead_id(number), key, *cells))

    def _cell(self, value):
        """Return the cell that was sent: mostly what the record still holds."""
        if self.chance.random() < 0.2:
            return self.chance.choice(("", "another", "#N/A"))
        return value or ("#N/A" if self.chance.random() < 0.5 else "")

    def _add_twins(self, twins):
        for number in self.chance.sample(range(40), twins):
            data = {key: self.chance.choice(VALUES) for key in KEYS}
            for each in self.lists:
                ListRecordFactory(
                    list=each, salesforce_id=lead_id(number), email="twin@example.com", data=data
                )


@pytest.mark.parametrize("are_new", [True, False], ids=["new", "changed"])
@pytest.mark.parametrize("seed", range(12))
def test_file_settles_what_its_rows_settle_one_by_one(account, store, seed, are_new):
    first, second = MarketingListFactory(), MarketingListFactory()
    case = TwoLists(seed, first, second, are_new=are_new, twins=3 if are_new else 0)
    settled = store.settle_pushed(plan_of(first), case.outcomes)

    key = RECORD_KEY if are_new else "Id"
    body = file_of(case.rows, case.fields, key=key)
    counts = settle_file(store, plan_of(second), body, are_new=are_new)

    assert counts == (40, settled)
    assert state(first) == state(second)


@pytest.mark.parametrize("are_new", [True, False], ids=["new", "changed"])
def test_file_that_is_settled_once_more_changes_nothing(store, marketing_list, are_new):
    case = TwoLists(5, marketing_list, MarketingListFactory(), are_new=are_new)
    key = RECORD_KEY if are_new else "Id"
    body = file_of(case.rows, case.fields, key=key)
    settle_file(store, plan_of(case.lists[1]), body, are_new=are_new)
    before = state(case.lists[1])

    settle_file(store, plan_of(case.lists[1]), body, are_new=are_new)

    assert state(case.lists[1]) == before


def test_records_that_left_the_list_are_read_and_not_settled(store, marketing_list):
    rows = [(lead_id(number), lead_id(number), "a") for number in range(2_500)]
    body = file_of(rows, ["A"], key="Id")

    counts = settle_file(store, plan_of(marketing_list), body, are_new=False, size=4_096)

    assert counts == (2_500, 0)


def test_two_rows_with_one_salesforce_id_become_one_record(store, marketing_list):
    pair = [
        ListRecordFactory(list=marketing_list, salesforce_id=None, data={"A": name})
        for name in ("first", "second")
    ]
    rows = [(lead_id(5), str(record.record_id), record.data["A"]) for record in pair]

    settle_file(store, plan_of(marketing_list), file_of(rows, ["A"]), are_new=True)

    record = ListRecord.objects.get()
    assert (record.record_id, record.data["A"]) == (pair[1].record_id, "second")


def test_settled_ids_are_remembered_when_removals_are_to_follow(store, marketing_list):
    record = ListRecordFactory(list=marketing_list, salesforce_id=None, data={"A": "a"})
    rows = [(lead_id(5), str(record.record_id), "a"), (lead_id(6), str(uuid.uuid4()), "b")]
    plan = plan_of(marketing_list, remember_seen=True)

    settle_file(store, plan, file_of(rows, ["A"]), are_new=True)

    assert [page.ids for page in SeenPage.objects.unscoped()] == [[lead_id(5)]]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'"sf__Id","sf__Created","Id","A"\n"00Q', TruncatedPageError),
        (b'"sf__Id","sf__Created","Id","A"\n"00Q1","true","00Q1"\n', TruncatedPageError),
        (b'"sf__Id","Id","A"\n', MissingColumnError),
        (b'"sf__Id","sf__Created","Id","Unknown"\n', MissingColumnError),
    ],
)
def test_file_is_refused_when_it_is_broken(store, marketing_list, body, error):
    with pytest.raises(error):
        settle_file(store, plan_of(marketing_list), body, are_new=False)


def test_empty_file_settles_nothing(store, marketing_list):
    assert settle_file(store, plan_of(marketing_list), b"", are_new=True) == (0, 0)
