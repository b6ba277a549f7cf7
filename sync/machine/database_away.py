"""A database that goes away while a run is under way, as one that is restarted does (F81)."""

from django.db import InterfaceError, OperationalError

DATABASE_AWAY = (
    "The application's database was away for a moment. The run goes on where it ended; nothing "
    "needs to be done."
)

# PostgreSQL's class "connection exception", and those of "operator intervention" that end one.
_CONNECTION_EXCEPTION = "08"
_ENDED = frozenset({"57P01", "57P02", "57P03"})
_NONE_AT_ALL = ""


def is_database_away(error: BaseException) -> bool:
    """Tell whether an error, or what caused it, is a connection to the database that broke.

    SQLite is a file and never away: its errors have no SQLSTATE and are none of these.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, InterfaceError):  # a connection that broke before
            return True
        if isinstance(cause, OperationalError) and _is_connection_lost(cause.__cause__):
            return True
        cause = cause.__cause__
    return False


def _is_connection_lost(reason: BaseException | None) -> bool:
    state: str | None = getattr(reason, "sqlstate", _NONE_AT_ALL)
    # Without a state it is the client's: the server said nothing any more.
    return state is None or state in _ENDED or state.startswith(_CONNECTION_EXCEPTION)
