"""Transactions inside transactions."""

import threading
from contextlib import suppress

import pytest

from salesforce_simulator.organisation.database import Database
from salesforce_simulator.organisation.errors import SalesforceError

COUNT = "SELECT count(*) FROM org_setting"
ADD = "INSERT INTO org_setting VALUES (?, ?)"


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "org.sqlite3")
    yield opened
    opened.close()


def count(database):
    with database.reader() as connection:
        return connection.execute(COUNT).fetchone()[0]


def test_inner_block_alone_is_undone_when_its_exception_is_caught(database):
    with database.writer() as connection:
        connection.execute(ADD, ("outer", ""))
        with suppress(ZeroDivisionError), database.writer():
            connection.execute(ADD, ("inner", ""))
            raise ZeroDivisionError
        assert count(database) == 1
    assert count(database) == 1


def test_inner_block_is_undone_with_the_outer_one(database):
    with suppress(ZeroDivisionError), database.writer() as connection:
        with database.writer():
            connection.execute(ADD, ("inner", ""))
        raise ZeroDivisionError
    assert count(database) == 0


def test_reader_sees_open_changes_in_the_thread_that_makes_them_alone(database):
    seen = []
    with database.writer() as connection:
        connection.execute(ADD, ("outer", ""))
        assert count(database) == 1
        other = threading.Thread(target=lambda: seen.append(count(database)))
        other.start()
        other.join()
    assert seen == [0]
    assert count(database) == 1


def test_refused_record_leaves_an_open_transaction_usable(organisation, session):
    before = organisation.record_count("Lead")
    with organisation.transaction():
        with pytest.raises(SalesforceError):
            organisation.create("Lead", {"LastName": "x"}, session)
        organisation.create("Lead", {"LastName": "x", "Company": "c"}, session)
    assert organisation.record_count("Lead") == before + 1
