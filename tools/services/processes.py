"""Start a server as a child, wait until it answers, stop it by its process id."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05


class ServiceError(Exception):
    """A server did not start; the message holds what it said."""


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def find_unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom root runs a server as that refuses to run as root; None for everybody else."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServiceError("The server does not run as root, and there is no user nobody to run it.")


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return the options of Popen that run a program as `user`; none for oneself."""
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def running_server(
    command: Sequence[str], *, is_ready: Callable[[], bool], log: Path, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` until the block ends; raise ServiceError when it never becomes ready.

    `options` go to Popen. The server is asked to end by SIGINT, PostgreSQL's fast shutdown, so
    that no client can hold it up.
    """
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A session of its own: Ctrl-C reaches the tests first, and they stop the server.
            start_new_session=True,
            **options,
        )
    try:
        _wait_until_ready(server, is_ready, log)
        yield server
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_ready(
    server: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if is_ready():
            return
        time.sleep(POLL_SECONDS)
    words = log.read_text(errors="replace")[-2000:]
    raise ServiceError(f"{server.args!r} did not become ready. It said:\n{words}")
