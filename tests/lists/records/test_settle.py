"""What a push leaves behind."""

import uuid
from datetime import UTC, datetime

import pytest

from lists.models import ListRecord
from lists.records import Edit, PushedRecord
from tests.factories import ListRecordFactory
from tests.lists.records.pages import cut, lead, lead_id, plan_for, render


def settle(store, marketing_list, *outcomes):
    return store.settle_pushed(plan_for(marketing_list), outcomes)


def test_sent_edit_is_settled_and_the_other_stays(store, marketing_list):
    record = ListRecordFactory(
        list=marketing_list, data={"A": "a", "B": "b"}, dirty={"A": "0", "B": "1"}
    )
    sent = PushedRecord(record.record_id, record.salesforce_id, {"A": "a"})
    assert settle(store, marketing_list, sent) == 1
    record.refresh_from_db()
    assert record.dirty == {"B": "1"}


def test_dirty_is_null_when_all_is_settled(store, marketing_list):
    record = ListRecordFactory(list=marketing_list, data={"A": "a"}, dirty={"A": None})
    settle(store, marketing_list, PushedRecord(record.record_id, record.salesforce_id, {"A": "a"}))
    assert ListRecord.objects.filter(dirty__isnull=True).count() == 1


def test_created_record_gets_its_salesforce_id(store, marketing_list):
    record = ListRecordFactory(list=marketing_list, salesforce_id=None, data={"A": "a"})
    settle(store, marketing_list, PushedRecord(record.record_id, lead_id(5), {"A": "a"}))
    record.refresh_from_db()
    assert (record.salesforce_id, record.dirty) == (lead_id(5), None)


def test_record_that_was_removed_meanwhile_is_left_out(store, marketing_list):
    assert settle(store, marketing_list, PushedRecord(uuid.uuid4(), lead_id(5), {})) == 0


def test_pull_compares_again_when_salesforce_put_the_old_value_back(store, marketing_list):
    plan = plan_for(marketing_list)
    page = render([lead(1, "a@example.com", "Agreed", "")])
    store.apply_page(plan, cut(page))
    record = ListRecord.objects.get()
    record.data, record.dirty = {**record.data, "LastName": "Ours"}, {"LastName": "Agreed"}
    record.save()
    settle(store, marketing_list, PushedRecord(record.record_id, lead_id(1), {"LastName": "Ours"}))
    assert store.apply_page(plan, cut(page)).updated == 1
    record.refresh_from_db()
    assert record.data["LastName"] == "Agreed"


def test_two_records_of_one_person_become_one(store, marketing_list):
    pulled = ListRecordFactory(
        list=marketing_list,
        salesforce_id=lead_id(5),
        data={"A": "theirs", "B": "b"},
        owner_id="005000000000001AAA",
    )
    ours = ListRecordFactory(list=marketing_list, salesforce_id=None, data={"A": "ours", "B": None})
    assert (
        settle(store, marketing_list, PushedRecord(ours.record_id, lead_id(5), {"A": "ours"})) == 1
    )
    record = ListRecord.objects.get()
    assert record.record_id == ours.record_id != pulled.record_id
    assert (record.salesforce_id, record.owner_id) == (lead_id(5), "005000000000001AAA")
    assert record.data == {"A": "ours", "B": "b"}


def test_later_edit_counts_when_two_records_become_one(store, marketing_list):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(5), edited_at=noon)
    new = ListRecordFactory(list=marketing_list, salesforce_id=None, edited_at=noon.replace(hour=8))
    settle(store, marketing_list, PushedRecord(new.record_id, lead_id(5), {"A": "a"}))
    assert ListRecord.objects.get().edited_at == noon


def test_later_edit_counts_when_salesforce_merged_two_records(store, marketing_list):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(5), edited_at=None)
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(6), edited_at=noon)
    store.follow_merges(plan_for(marketing_list), {lead_id(6): lead_id(5)})
    assert ListRecord.objects.get().edited_at == noon


def test_later_edit_counts_when_a_record_adopts_edits_of_another(store, marketing_list):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(5), edited_at=None)
    edits = {"LastName": Edit("Ours", None, noon), "Notes__c": Edit("Ours", None, None)}
    store.adopt_edits(plan_for(marketing_list), {lead_id(5): edits}, noon)
    assert ListRecord.objects.get().edited_at == noon


def test_two_sent_records_of_one_person_become_one(store, marketing_list):
    first, second = (
        ListRecordFactory(list=marketing_list, salesforce_id=None, data={"A": name})
        for name in ("first", "second")
    )
    outcomes = [
        PushedRecord(first.record_id, lead_id(5), {"A": "first"}),
        PushedRecord(second.record_id, lead_id(5), {"A": "second"}),
    ]
    assert settle(store, marketing_list, *outcomes) == 2
    assert ListRecord.objects.get().record_id == second.record_id


def test_thousands_of_records_are_settled(store, marketing_list):
    records = [
        ListRecord(
            account_id=marketing_list.account_id,
            list=marketing_list,
            record_id=uuid.uuid4(),
            data={"A": str(number)},
            updated_at=marketing_list.created_at,
        )
        for number in range(4_500)
    ]
    ListRecord.objects.bulk_create(records)
    outcomes = [
        PushedRecord(record.record_id, lead_id(number), record.data)
        for number, record in enumerate(records)
    ]
    assert settle(store, marketing_list, *outcomes) == 4_500
    last = ListRecord.objects.get(record_id=records[-1].record_id)
    assert last.salesforce_id == lead_id(4_499)
    assert ListRecord.objects.filter(salesforce_id=None).count() == 0


def test_value_entered_while_a_new_record_was_on_its_way_is_left_to_push(store, marketing_list):
    record = ListRecordFactory(
        list=marketing_list,
        salesforce_id=None,
        data={"LastName": "Sent", "Notes__c": "Entered meanwhile", "local": "Only here"},
    )

    settle(store, marketing_list, PushedRecord(record.record_id, lead_id(1), {"LastName": "Sent"}))

    record.refresh_from_db()
    assert record.dirty == {"Notes__c": None}


@pytest.mark.fault("F35")
def test_value_of_a_column_set_aside_is_left_to_push_when_its_record_is_linked(
    store, marketing_list
):
    record = ListRecordFactory(
        list=marketing_list,
        salesforce_id=None,
        data={"LastName": "Ours", "Region": "Entered", "OptOut": "false", "local": "Only here"},
        dirty={"LastName": "Agreed"},
    )

    plan = plan_for(marketing_list, aside_keys=("Region", "OptOut"))
    store.link(plan, {record.record_id: lead_id(1)})

    record.refresh_from_db()
    assert record.salesforce_id == lead_id(1)
    assert record.dirty == {"LastName": "Agreed", "Region": None}
