"""A PgBouncer for the tests that ask for it: each transaction on another server connection."""

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection

from tests.missing import do_without
from tools.services import start_pgbouncer
from tools.services.pgbouncer import WHAT_TO_DO, find_pgbouncer


@pytest.fixture(scope="session")
def running_pgbouncer(django_db_setup: None) -> Iterator[int]:
    """The port of one PgBouncer in front of the test's server; gone before the test database is."""
    place = connection.settings_dict
    login = ":".join(quote(place[part]) for part in ("USER", "PASSWORD"))
    server = f"postgres://{login}@{place['HOST']}:{place['PORT']}/{place['NAME']}"
    with start_pgbouncer(server) as url:
        yield int(urlsplit(url).port or 0)


@pytest.fixture
def pgbouncer(transactional_db: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """All connections of the test, its threads and its workers go through PgBouncer."""
    if connection.vendor != "postgresql":
        pytest.skip("PgBouncer stands in front of PostgreSQL, and this round is on another engine.")
    if find_pgbouncer() is None:
        do_without(WHAT_TO_DO)
    place = connection.settings_dict  # one dictionary for the connections of all threads
    direct = {part: place[part] for part in ("HOST", "PORT")}
    through = {"HOST": "127.0.0.1", "PORT": request.getfixturevalue("running_pgbouncer")}
    connection.close()
    place.update(through)
    yield
    connection.close()
    place.update(direct)
