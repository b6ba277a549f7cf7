"""The servers that tests run on: real, private, and gone afterwards."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from tests.missing import do_without
from tools.services import start_pgbouncer, start_postgresql, start_redis
from tools.services.pgbouncer import POOL_SIZE, WHAT_TO_DO, borrow_connections, find_pgbouncer
from tools.services.processes import ServiceError, running_server


def is_open(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((str(parts.hostname), int(parts.port or 0))) == 0


def test_postgresql_answers_in_the_block_and_is_gone_after_it() -> None:
    with start_postgresql() as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert urlsplit(url).hostname == "127.0.0.1"
    assert not is_open(url)


def test_postgresql_ends_when_the_block_fails() -> None:
    with pytest.raises(RuntimeError, match="a failing test"), start_postgresql() as url:
        raise RuntimeError("a failing test")
    assert not is_open(url)


def test_pgbouncer_gives_the_transactions_of_a_client_different_connections() -> None:
    if find_pgbouncer() is None:
        do_without(WHAT_TO_DO)
    with start_postgresql() as server, start_pgbouncer(server) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        pool = borrow_connections(url, at_once=POOL_SIZE)
        alone = [borrow_connections(url, at_once=1) for _ in range(POOL_SIZE)]
        assert set.union(*alone) == pool
        assert len(pool) == POOL_SIZE
        with pytest.raises(psycopg.OperationalError, match="auth"):
            psycopg.connect(url, password="a wrong one")
    assert not is_open(url)


def test_redis_answers_in_the_block_and_is_gone_after_it() -> None:
    with start_redis() as url, redis.Redis.from_url(url) as client:
        assert client.ping()
    assert not is_open(url)


def test_server_that_dies_at_its_start_is_told_with_its_words(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo no room left; exit 1"]
    with (
        pytest.raises(ServiceError, match="no room left"),
        running_server(command, is_ready=lambda: False, log=tmp_path / "log"),
    ):
        pytest.fail("the block must not run")


@pytest.mark.parametrize(
    ("in_ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_test_whose_program_is_missing_fails_in_ci_and_is_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch, in_ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", in_ci)
    with pytest.raises(outcome, match="apt-get install pgbouncer"):
        do_without(WHAT_TO_DO)


def test_pgbouncer_that_is_not_installed_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with (
        pytest.raises(ServiceError, match="apt-get install pgbouncer"),
        start_pgbouncer("postgres://nobody:@127.0.0.1:5432/none"),
    ):
        pytest.fail("the block must not run")
