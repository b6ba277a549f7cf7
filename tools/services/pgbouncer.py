"""A PgBouncer of our own in front of a PostgreSQL: an installed one, or Debian's where possible."""

import contextlib
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from tools import apt
from tools.services.processes import (
    ServiceError,
    as_user,
    find_unprivileged_user,
    free_port,
    running_server,
)

WHAT_TO_DO = "No PgBouncer was found: apt-get install pgbouncer"
# Fewer connections to the server than the clients of a race: they have to be shared.
POOL_SIZE = 8


def find_pgbouncer() -> str | None:
    """Return the path of an installed `pgbouncer`, None where there is none."""
    # Debian puts it where an ordinary user's PATH does not lead.
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def ensure_pgbouncer() -> None:
    """Install PgBouncer where it is missing, as far as this machine and its user allow it."""
    if find_pgbouncer() is None and apt.may_install():
        apt.install("pgbouncer")


@contextlib.contextmanager
def start_pgbouncer(database_url: str) -> Iterator[str]:
    """Run a pool in front of `database_url` for the block; give the URL that leads through it.

    A client's next transaction gets another connection to the server (transaction mode, in
    rotation). Each database of the server is reached under its own name, by the user and the
    password of the URL.
    """
    program = find_pgbouncer()
    if program is None:
        raise ServiceError(WHAT_TO_DO)
    parts = urlsplit(database_url)
    port = free_port()
    url = parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}").geturl()
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as name:
        folder = Path(name)
        owner = find_unprivileged_user()
        _write(folder / "users", _users(parts.username, parts.password), owner)
        _write(folder / "settings", _settings(folder, parts.hostname, parts.port, port), owner)
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        with running_server(
            [program, "-q", str(folder / "settings")],
            is_ready=lambda: bool(borrow_connections(url, at_once=1)),
            log=folder / "log",
            cwd=folder,
            **as_user(owner),
        ):
            borrow_connections(url, at_once=POOL_SIZE)  # it opens none before it has to
            yield url


def borrow_connections(url: str, *, at_once: int) -> set[int]:
    """Hold so many transactions at once; return the server processes that they are lent."""
    try:
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(psycopg.connect(url)) for _ in range(at_once)]
            asked = [client.execute("SELECT pg_backend_pid()") for client in clients]
            return {pid for cursor in asked for (pid,) in cursor}
    except psycopg.OperationalError:
        return set()


def _users(name: str | None, password: str | None) -> str:
    quoted = [unquote(text or "").replace('"', '""') for text in (name, password)]
    return '"{}" "{}"\n'.format(*quoted)


def _settings(folder: Path, host: str | None, server_port: int | None, port: int) -> str:
    return f"""
[databases]
* = host={host} port={server_port or 5432}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / "users"}
pool_mode = transaction
default_pool_size = {POOL_SIZE}
min_pool_size = {POOL_SIZE}
server_round_robin = 1
max_client_conn = 200
"""


def _write(path: Path, text: str, owner: pwd.struct_passwd | None) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
    if owner is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)
