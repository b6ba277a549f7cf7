"""The organisation's SQLite file: a table per object, one writer, many readers."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue

from salesforce_simulator.organisation.clock import in_zone
from salesforce_simulator.organisation.schema import create_housekeeping

_BUSY_SECONDS = 30.0
_CACHE_KIB = 32 * 1024
_SPARE_READERS = 8


class Database:
    """Connections to one file in WAL mode, so that readers never wait for the writer.

    `stamp` tells the present moment to formulas that ask for it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock = threading.RLock()
        self._spare: LifoQueue[sqlite3.Connection] = LifoQueue(_SPARE_READERS)
        self._writer = self.connect()
        self._depth = 0
        self._owner: int | None = None
        self.stamp: Callable[[], str] = _no_clock
        create_housekeeping(self._writer)

    def _now(self) -> str:
        return self.stamp()

    def checkpoint(self) -> None:
        """Move what was written into the file itself; after a seed the log is as large."""
        with self._write_lock:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def connect(self) -> sqlite3.Connection:
        """Open one more connection; the caller closes it."""
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.create_function("unicode_lower", 1, _lower, deterministic=True)
        connection.create_function("in_zone", 2, in_zone, deterministic=True)
        connection.create_function("unicode_upper", 1, _upper, deterministic=True)
        connection.create_function("formula_now", 0, self._now)
        return connection

    @property
    def in_transaction(self) -> bool:
        """Tell whether the calling thread is inside a block of `writer`."""
        return self._owner == threading.get_ident()

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one consistent state until it is given back.

        Inside a block of `writer` it is the writing one, which sees what it has written.
        """
        if self.in_transaction:
            yield self._writer
            return
        try:
            connection = self._spare.get_nowait()
        except Empty:
            connection = self.connect()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._spare.full():
            connection.close()
        else:
            self._spare.put(connection)

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """Lend the one writing connection inside a transaction.

        It commits at the end and rolls back on any exception. A block inside a
        block is a savepoint of the outer one's transaction.
        """
        with self._write_lock:
            begin, commit, roll_back = _steps(self._depth)
            self._writer.execute(begin)
            self._owner = threading.get_ident()
            self._depth += 1
            try:
                yield self._writer
            except BaseException:
                self._leave(roll_back)
                raise
            self._leave(commit)

    def _leave(self, statements: tuple[str, ...]) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
        for statement in statements:
            self._writer.execute(statement)

    def close(self) -> None:
        """Close every connection that is not lent out."""
        with self._write_lock:
            self._writer.close()
        while not self._spare.empty():
            self._spare.get_nowait().close()


def _steps(depth: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return how a block at this depth begins, ends well, and ends with an exception."""
    if depth == 0:
        return "BEGIN IMMEDIATE", ("COMMIT",), ("ROLLBACK",)
    name = f"block_{depth}"
    return (
        f"SAVEPOINT {name}",
        (f"RELEASE {name}",),
        (f"ROLLBACK TO {name}", f"RELEASE {name}"),
    )


def _lower(value: str | float | bytes | None) -> str | float | bytes | None:
    """Fold the case of a text of any script; SQLite itself folds ASCII alone."""
    return value.lower() if isinstance(value, str) else value


def _upper(value: str | float | bytes | None) -> str | float | bytes | None:
    return value.upper() if isinstance(value, str) else value


def _no_clock() -> str:
    raise LookupError("the database has been given no clock")
