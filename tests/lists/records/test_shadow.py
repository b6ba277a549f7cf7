"""A shadow takes every write of its connection, and what is not on it is not written at all."""

import contextlib
import threading

import pytest
from django.db import DatabaseError, connection, transaction

from acton_connector.accounts.models import Account
from acton_connector.accounts.scope import account_scope
from lists.models import ListRecord, MarketingList
from lists.records import Copied, ShadowLostError, get_record_store, make_shadow
from tests.factories import ListRecordFactory
from tests.lists.records.pages import lead, lead_id, plan_for, render

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shadow(marketing_list):
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(1), data={"LastName": "One"})
    ListRecordFactory(list=marketing_list, salesforce_id=lead_id(2), data={"LastName": "Two"})
    ListRecordFactory(salesforce_id=lead_id(1))  # of another list
    return make_shadow([Copied(ListRecord, "list_id", [marketing_list.pk])])


def rows():
    return sorted(map(repr, ListRecord.objects.values_list()))


def apply_page(marketing_list, *leads):
    plan = plan_for(marketing_list)
    with transaction.atomic():
        return get_record_store().apply_page(plan, iter([render(leads)]))


def test_what_is_written_is_told_and_gone_when_the_shadow_falls(shadow, marketing_list):
    before = rows()

    with shadow.standing():
        apply_page(marketing_list, lead(1, "", "Uno", ""), lead(3, "", "Three", ""))
        ListRecord.objects.filter(salesforce_id=lead_id(2)).delete()
        names = set(ListRecord.objects.values_list("data__LastName", flat=True))
        added, updated, removed = (
            [
                (
                    each.salesforce_id,
                    (each.data_before or {}).get("LastName"),
                    each.data["LastName"],
                )
                for each in iterate(marketing_list.pk)
            ]
            for iterate in (shadow.iterate_added, shadow.iterate_updated, shadow.iterate_removed)
        )

    assert names == {"Uno", "Three"}
    assert added == [(lead_id(3), None, "Three")]
    assert updated == [(lead_id(1), "One", "Uno")]
    assert removed == [(lead_id(2), "Two", "Two")]
    assert rows() == before
    assert not shadow.is_standing()


def test_a_record_that_is_written_twice_is_told_as_it_was_before_the_first(shadow, marketing_list):
    with shadow.standing():
        apply_page(marketing_list, lead(1, "", "Uno", ""), lead(3, "", "Three", ""))
        apply_page(marketing_list, lead(1, "", "Un", ""), lead(3, "", "Trois", ""))
        (updated,), (added,) = (
            list(shadow.iterate_updated(marketing_list.pk)),
            list(shadow.iterate_added(marketing_list.pk)),
        )

    assert (updated.data_before, updated.data["LastName"]) == ({"LastName": "One"}, "Un")
    assert (added.data_before, added.data["LastName"]) == (None, "Trois")


def test_a_write_to_a_table_without_a_shadow_leaves_nothing(shadow, marketing_list):
    name = marketing_list.name

    # SQLite refuses it at once, PostgreSQL takes all of it back.
    with contextlib.suppress(DatabaseError), shadow.standing():
        MarketingList.objects.filter(pk=marketing_list.pk).update(name="Overwritten")

    assert MarketingList.objects.get(pk=marketing_list.pk).name == name


def test_nothing_is_written_when_the_connection_was_lost(shadow, marketing_list):
    before = rows()

    def write_after_the_loss():
        with shadow.standing():
            connection.close()
            with transaction.atomic():
                ListRecord.objects.all().delete()
                shadow.hold()

    with pytest.raises((ShadowLostError, DatabaseError)):
        write_after_the_loss()

    assert rows() == before


def test_nothing_is_written_when_another_connection_is_used(shadow, account):
    before, errors = rows(), []

    def write():
        try:
            with account_scope(account), transaction.atomic():
                ListRecord.objects.filter(salesforce_id=lead_id(9)).delete()
                shadow.hold()
        except ShadowLostError as error:
            errors.append(error)
        finally:
            connection.close()

    with shadow.standing():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    assert len(errors) == 1
    assert rows() == before


def test_others_see_nothing_and_wait_for_nothing_while_a_shadow_stands(shadow, account):
    seen = []

    def edit():
        try:
            with account_scope(account):
                seen.append(ListRecord.objects.filter(email="shadow@example.com").count())
                ListRecord.objects.filter(salesforce_id=lead_id(1)).update(owner_id="005")
                seen.append(Account.objects.update(name="Renamed"))
        finally:
            connection.close()

    with shadow.standing():
        ListRecord.objects.update(email="shadow@example.com")
        thread = threading.Thread(target=edit)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()

    assert seen == [0, 1]
    assert ListRecord.objects.filter(owner_id="005").count() == 2


def test_a_shadow_is_not_raised_inside_a_transaction(shadow):
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside of any transaction"):
        shadow.standing().__enter__()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL is told how")
def test_what_a_page_told_the_planner_ends_with_the_page(shadow):
    def read_advice():
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_hashjoin")
            return cursor.fetchone()[0]

    with shadow.standing():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_hashjoin = off")
            during = read_advice()
            shadow.hold()
        after = read_advice()

    assert (during, after) == ("off", "on")
