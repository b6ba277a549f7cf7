"""Two people upload at the same moment."""

import io
import threading

import pytest
from django.db import connection

from acton_connector.accounts.scope import account_scope
from lists.models import ListRecord, MarketingList
from lists.uploads import upload_csv
from tests.factories import ListColumnFactory, MarketingListFactory

ROWS = 1_500


def upload_beside(marketing_list, barrier, results):
    lines = "".join(f"p{n}@example.com\n" for n in range(ROWS))
    try:
        barrier.wait(timeout=30)
        with account_scope(marketing_list.account_id):
            results.append(
                upload_csv(
                    marketing_list=marketing_list,
                    file=io.BytesIO(b"E-mail\n" + lines.encode()),
                    size=None,
                    actor=None,
                )
            )
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_address_comes_into_the_list_once_when_two_files_with_it_are_uploaded_at_once(account):
    people = MarketingListFactory()
    ListColumnFactory(list=people, key="Email", name="E-mail", system_usage="email")
    barrier, results = threading.Barrier(2), []
    threads = [
        threading.Thread(target=upload_beside, args=(people, barrier, results)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted((result.added, result.unchanged) for result in results) == [(0, ROWS), (ROWS, 0)]
    assert ListRecord.objects.count() == ROWS
    assert MarketingList.objects.get().record_count == ROWS
