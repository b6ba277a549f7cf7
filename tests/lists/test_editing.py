import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from acton_connector.accounts.models import AuditEvent
from acton_connector.accounts.scope import account_scope
from lists.models import ListRecord
from lists.services import edit_value
from tests.factories import ListRecordFactory


def read_again(record):
    return ListRecord.objects.get(list=record.list, record_id=record.record_id)


def test_edit_keeps_the_agreed_value_when_salesforce_knows_the_record(ada, column_of, marketer):
    before = ada.updated_at

    edit_value(record=ada, column=column_of("Title"), value="Countess", actor=marketer)

    stored = read_again(ada)
    assert stored.data["Title"] == "Countess"
    assert stored.dirty == {"Title": "Analyst"}
    assert stored.updated_at == stored.edited_at > before


def test_dirty_is_null_when_the_cell_is_edited_back(ada, column_of, marketer):
    for value in ("Countess", "Analyst"):
        edit_value(record=ada, column=column_of("Title"), value=value, actor=marketer)

    assert read_again(ada).dirty is None
    assert ListRecord.objects.filter(dirty__isnull=True).count() == 1


def test_edit_marks_nothing_when_the_record_is_new_here(leads, column_of, marketer):
    record = ListRecordFactory(list=leads, salesforce_id=None, data={})

    edit_value(record=record, column=column_of("LastName"), value="Hopper", actor=marketer)

    assert read_again(record).data == {"LastName": "Hopper"}
    assert read_again(record).dirty is None


def test_edit_marks_nothing_when_salesforce_does_not_have_the_column(ada, column_of, marketer):
    edit_value(record=ada, column=column_of("shoe_size"), value="39", actor=marketer)

    assert read_again(ada).data["shoe_size"] == "39"
    assert read_again(ada).dirty is None


def test_address_is_normalised_when_the_email_column_is_edited(ada, column_of, marketer):
    edit_value(record=ada, column=column_of("Email"), value=" Ada.B@Example.COM ", actor=marketer)

    stored = read_again(ada)
    assert stored.email == stored.data["Email"] == "ada.b@example.com"
    assert stored.dirty == {"Email": "ada@example.com"}


def test_address_goes_when_the_email_column_is_emptied(ada, column_of, marketer):
    edit_value(record=ada, column=column_of("Email"), value=None, actor=marketer)

    assert (read_again(ada).email, read_again(ada).data["Email"]) == ("", None)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("Age__c", "3", "calculates"),
        ("CreatedDate", "2026-01-01T00:00:00Z", "read-only"),
        ("Email", "nobody", "valid email"),
        ("LastName", "x" * 21, "at most 20"),
        ("HasOptedOutOfEmail", "perhaps", "true or false"),
    ],
)
def test_edit_is_refused_when_salesforce_would_not_take_it(
    ada, column_of, marketer, key, value, sentence
):
    with pytest.raises(ValidationError, match=sentence):
        edit_value(record=ada, column=column_of(key), value=value, actor=marketer)

    assert read_again(ada).data == ada.data
    assert not AuditEvent.objects.exists()


def test_edit_of_a_new_record_follows_what_salesforce_takes_at_its_creation(
    leads, column_of, marketer
):
    record = ListRecordFactory(list=leads, salesforce_id=None)

    with pytest.raises(ValidationError, match="read-only"):
        edit_value(record=record, column=column_of("Title"), value="Cook", actor=marketer)


def test_edit_is_audited_without_the_values(ada, column_of, marketer):
    edit_value(record=ada, column=column_of("Title"), value="Countess", actor=marketer)

    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("record.edited", marketer)
    assert event.after == {"record": str(ada.record_id), "column": "Title"}
    assert event.before is None


def test_nothing_is_written_when_the_value_is_the_same(ada, column_of, marketer):
    edit_value(record=ada, column=column_of("Title"), value="Analyst", actor=marketer)

    assert read_again(ada).updated_at == ada.updated_at
    assert not AuditEvent.objects.exists()


def test_edit_fails_when_the_record_was_removed_meanwhile(ada, column_of, marketer):
    ListRecord.objects.all().delete()

    with pytest.raises(ListRecord.DoesNotExist):
        edit_value(record=ada, column=column_of("Title"), value="Countess", actor=marketer)


@pytest.mark.django_db(transaction=True)
def test_both_edits_stay_when_two_people_edit_one_record_at_once(account, ada, column_of):
    start = threading.Barrier(2)

    def edit(column):
        try:
            with account_scope(account):
                start.wait(timeout=10)
                edit_value(record=ada, column=column, value="9", actor=None)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=edit, args=[column_of(key)]) for key in ("Title", "LastName")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    stored = read_again(ada)
    assert (stored.data["Title"], stored.data["LastName"]) == ("9", "9")
    assert stored.dirty == {"Title": "Analyst", "LastName": "Lovelace"}
