"""Which errors say that the connection to the database broke."""

import sqlite3

import psycopg
import pytest
from django.db import InterfaceError, OperationalError

from sync.machine.database_away import is_database_away


def caused(error, reason):
    error.__cause__ = reason
    return error


@pytest.mark.fault("F81")
@pytest.mark.parametrize(
    "reason",
    [
        psycopg.OperationalError("consuming input failed: server closed the connection"),
        psycopg.errors.AdminShutdown(),
        psycopg.errors.CannotConnectNow(),
        psycopg.errors.ConnectionFailure(),
    ],
    ids=lambda reason: type(reason).__name__,
)
def test_a_connection_that_broke_is_told_from_a_mistake(reason):
    assert is_database_away(caused(OperationalError(), reason))
    assert is_database_away(caused(RuntimeError(), caused(OperationalError(), reason)))
    assert is_database_away(InterfaceError("the connection is closed"))


@pytest.mark.parametrize(
    "error",
    [
        caused(OperationalError(), psycopg.errors.DiskFull()),
        caused(OperationalError(), psycopg.errors.DeadlockDetected()),
        caused(OperationalError(), sqlite3.OperationalError("database is locked")),
        OperationalError("of nobody's"),
        ValueError("ours"),
    ],
    ids=repr,
)
def test_what_else_goes_wrong_is_no_broken_connection(error):
    assert not is_database_away(error)
