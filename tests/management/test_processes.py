"""What processes need of the machine."""

import multiprocessing

from acton_connector.management.commands.run import worker_pool


def test_the_worker_uses_processes_where_they_can_share_a_lock():
    assert worker_pool() == "prefork"


def test_the_worker_uses_threads_where_shared_memory_is_closed(monkeypatch):
    def refuse():
        raise PermissionError

    monkeypatch.setattr(multiprocessing, "Lock", refuse)

    assert worker_pool() == "threads"
