"""The databases of a benchmark: fresh ones, set as a production system has them."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.measuring import read_parent, read_processor_seconds
from tools.services import start_postgresql

# Writes are safe against a power cut, as they are in production; the rest fits a small server.
POSTGRESQL_SETTINGS = ("shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=15min")


@dataclass(frozen=True)
class Database(ABC):
    """A database: its engine's name and its `DATABASE_URL`."""

    engine: str
    url: str

    @abstractmethod
    def settle(self) -> None:
        """Do now what the database would do in its own time, so that nobody's run pays for it."""

    @abstractmethod
    def processor_seconds(self) -> float:
        """Return the processor time of the server's processes so far; 0 without a server."""


class PostgresDatabase(Database):
    """A server of its own."""

    def settle(self) -> None:
        """Vacuum, collect statistics and write what is in memory to the disk."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def processor_seconds(self) -> float:
        """Return the time of all the server's processes, also of those that have ended."""
        with psycopg.connect(self.url) as connection:
            backend = connection.info.backend_pid
            server = read_parent(backend)
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        # The server last: it tells the time of a child that ends while this looks around.
        return sum(read_processor_seconds(pid) for pid in [*map(int, children), server])


class SqliteDatabase(Database):
    """A file; the work is done in the program's own process."""

    def settle(self) -> None:
        """Move the write-ahead log into the file."""
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def processor_seconds(self) -> float:
        """Return 0: there is no server."""
        return 0.0


@contextmanager
def open_postgresql() -> Iterator[Database]:
    """Run a fresh PostgreSQL while the block lasts."""
    with start_postgresql(POSTGRESQL_SETTINGS) as url:
        yield PostgresDatabase("PostgreSQL", url)


@contextmanager
def open_sqlite(directory: Path) -> Iterator[Database]:
    """Give a file that does not exist yet."""
    yield SqliteDatabase("SQLite", f"sqlite:///{directory / 'app.sqlite3'}")
