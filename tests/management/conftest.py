"""Ports for tests of servers."""

import socket
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def occupied_port() -> Iterator[Callable[[], int]]:
    """Return a maker of ports that somebody listens on until the test ends."""
    listeners: list[socket.socket] = []

    def occupy() -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        return int(listener.getsockname()[1])

    yield occupy
    for listener in listeners:
        listener.close()
