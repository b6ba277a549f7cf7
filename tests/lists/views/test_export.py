import contextvars
import csv
import io

import pytest
from django.db import connection
from django.urls import reverse

from acton_connector.accounts import scope
from acton_connector.accounts.models import AuditEvent
from acton_connector.accounts.scope import NoAccountInScopeError, account_scope, current_account_id
from lists import export
from lists.export import iter_csv
from lists.models import ListRecord
from tests.factories import ListColumnFactory, ListRecordFactory, MarketingListFactory


@pytest.fixture
def take(marketer, client_of):
    def export_list(made):
        url = reverse("list_export", args=["example", made.pk])
        return client_of(marketer).post(url)

    return export_list


def rows_of(answer):
    return list(csv.reader(io.StringIO(b"".join(answer).decode(), newline="")))


def test_export_holds_every_record_when_they_come_in_several_parts(leads, take, monkeypatch):
    monkeypatch.setattr(export, "RECORDS_AT_ONCE", 3)
    made = [ListRecordFactory(list=leads) for _ in range(10)]
    ListRecordFactory()  # of another list

    header, *rows = rows_of(take(leads))

    assert header[:2] == ["Email", "Last Name"]
    assert header[-1] == "Salesforce ID"
    assert sorted(row[0] for row in rows) == sorted(record.email for record in made)
    assert sorted(row[-1] for row in rows) == sorted(record.salesforce_id for record in made)


def test_export_keeps_every_text_as_it_is(leads, take):
    awkward = 'Ünal, "Ö"\r\nsecond line; \U0001f600'
    ListRecordFactory(list=leads, salesforce_id=None, data={"LastName": awkward, "Title": None})

    answer = take(leads)
    raw = b"".join(answer)

    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b'"\xc3\x9cnal, ""\xc3\x96""\r\nsecond line; \xf0\x9f\x98\x80"' in raw
    assert raw.endswith(b"\r\n")
    (_, row) = csv.reader(io.StringIO(raw.decode(), newline=""))
    assert row[:3] == ["", awkward, ""]
    assert row[-1] == ""


@pytest.mark.threat("T12")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_export_disarms_what_a_spreadsheet_would_run(leads, take, start):
    leads.columns.filter(key="Title").update(name=f"{start}A1")
    formula = f"{start}HYPERLINK(A1)"
    ListRecordFactory(list=leads, data={"LastName": formula, "Title": f"a{formula}"})

    header, row = rows_of(take(leads))

    assert header[2] == f"'{start}A1"
    assert row[1:3] == [f"'{formula}", f"a{formula}"]


def test_export_is_named_after_the_list_and_audited(take, marketer):
    made = MarketingListFactory(name='Fairs, "Köln"\r\nX: y', record_count=7)

    answer = take(made)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''fairs-k%C3%B6ln-x-y.csv")
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.after) == ("list.exported", marketer, {"records": 7})


@pytest.mark.threat("T1")
def test_scope_is_the_lists_own_while_the_export_streams_and_never_leaks(
    leads, other_account, monkeypatch
):
    monkeypatch.setattr(export, "RECORDS_AT_ONCE", 2)
    for _ in range(5):
        ListRecordFactory(list=leads)
    with account_scope(other_account):
        theirs = MarketingListFactory(account=other_account)
        ListColumnFactory(list=theirs, key="Email")
        ListRecordFactory(list=theirs)

        parts = iter_csv(leads)
        for _ in parts:
            assert current_account_id() == other_account.pk
            assert ListRecord.objects.count() == 1


@pytest.mark.threat("T1")
def test_export_streams_when_the_requests_scope_has_ended(leads, take):
    ListRecordFactory(list=leads)
    answer = take(leads)

    def read_outside():
        scope._account_id.set(None)
        with pytest.raises(NoAccountInScopeError):
            ListRecord.objects.count()
        return rows_of(answer)

    assert answer.streaming
    assert len(contextvars.copy_context().run(read_outside)) == 2


def test_export_costs_one_query_more_for_each_part(leads, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(export, "RECORDS_AT_ONCE", 4)
    for _ in range(7):
        ListRecordFactory(list=leads)

    # columns; then three parts (4 records, 3 records, none), on PostgreSQL with its settings
    per_part = 4 if connection.vendor == "postgresql" else 1
    with django_assert_num_queries(1 + 3 * per_part):
        list(iter_csv(leads))
