"""Child processes that do not outlive their parent, and ports that are free."""

import contextlib
import ctypes
import http.client
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import IO

PR_SET_PDEATHSIG = 1
PORTS_TO_TRY = 100


def start_child(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` as the leader of a process group of its own.

    A terminal's Ctrl-C reaches the parent alone, which decides how its children end. When the
    parent dies without a word, Linux sends the child SIGTERM. What it prints goes to `output`.
    """
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603 - our own commands
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=lambda: _die_with(parent),  # noqa: PLW1509 - calls nothing that takes a lock
    )


def _die_with(parent: int) -> None:
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel knew whom to tell
        os._exit(1)


def signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the child and to all that it started, whether or not it lives itself."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def first_free_port(host: str, port: int) -> int:
    """Return `port`, or the next one that nobody uses; raise OSError when a hundred are taken."""
    for candidate in range(port, port + PORTS_TO_TRY):
        with socket.socket(_family(host)) as probe:
            # What a server that ended just now left in TIME_WAIT does not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, candidate))
                return int(probe.getsockname()[1])
    raise OSError(f"No port of {host} from {port} to {port + PORTS_TO_TRY - 1} is free.")


def serves_pages(host: str, port: int) -> bool:
    """Whether an application answers there, with a page or with a redirection."""
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def has_semaphores() -> bool:
    """Whether processes can share a lock: /dev/shm is closed to some users of some containers."""
    try:
        multiprocessing.Lock()
    except OSError:
        return False
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
