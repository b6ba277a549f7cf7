"""Which commits wait for the disk."""

import pytest
from django.db import connection, transaction

from lists.records import get_record_store


def _show() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


@pytest.fixture
def _waiting_for_the_disk() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL lets each transaction choose.")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_waiting_for_the_disk")
def test_commit_waits_for_no_disk_when_it_may_as_well_be_lost() -> None:
    with get_record_store().committing_soon():
        inside = _show()

    assert (inside, _show()) == ("off", "on")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_waiting_for_the_disk")
def test_commit_waits_for_the_disk_when_a_transaction_around_it_does() -> None:
    with transaction.atomic():
        with get_record_store().committing_soon():
            pass
        after = _show()

    assert after == "on"
