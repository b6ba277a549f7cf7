"""Real machines of a test's own: PostgreSQL, Redis, a Celery worker and a beat, to be killed."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from urllib.parse import unquote, urlsplit

from django.db import connection
from redis import Redis

from tests.processes import descendants
from tests.scenarios.worker import ROOT, Worker, worker_environment

TICK_SECONDS = 0.3
LEASE_SECONDS = 1
# The crash of a server loses what synchronous_commit=off has not written yet.
SAFE_IN_A_CRASH = ("fsync=off", "full_page_writes=off", "max_connections=50")


class Machines:
    """What an installation consists of, as processes of their own; all end with the block."""

    def __init__(self, cluster, redis, folder):
        self._cluster, self._redis, self._folder = cluster, redis, folder
        self._stacks = {"database": ExitStack(), "redis": ExitStack()}
        self._servers = {}
        self._worker = self._beat = None
        self._start("database", cluster)
        self._start("redis", redis)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._worker is not None and self._worker.process.poll() is None:
            self._worker.kill()
        if self._beat is not None:
            self._beat.kill()
            self._beat.wait()
        for stack in self._stacks.values():
            stack.close()

    def begin(self, org):
        """Start worker and beat on the database that the test is connected to."""
        self._environment = worker_environment(
            org,
            REDIS_URL=self._redis.url,
            SYNC_LEASE_SECONDS=str(LEASE_SECONDS),
            SYNC_TICK_SECONDS=str(TICK_SECONDS),
            SYNC_PAGE_ROWS="5",
        )
        self._start_worker()
        command = [sys.executable, "-m", "celery", "--app", "acton_connector", "beat"]
        command += ["--loglevel", "WARNING", "--schedule", str(self._folder / "schedule")]
        with (self._folder / "beat.log").open("ab") as output:
            self._beat = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=output, stderr=output
            )

    def kill_child(self):
        """Kill the process that does a run; the worker starts another one."""
        for pid in descendants(self._worker.process.pid):
            os.kill(pid, signal.SIGKILL)

    def kill_worker(self):
        """Kill the worker with all below it, and start a new one."""
        self._worker.kill()
        self._start_worker()

    def flush_redis(self):
        """Lose every message."""
        with Redis.from_url(self._redis.url) as client:
            client.flushall()

    def restart_redis(self):
        """Kill Redis and start it again, empty."""
        self._restart("redis", self._redis, signal.SIGKILL)

    def restart_database(self):
        """Stop PostgreSQL as a crash does, and start it again."""
        self._restart("database", self._cluster, signal.SIGQUIT)
        connection.close()  # which broke

    def _start_worker(self):
        self._worker = Worker(self._environment, self._folder / "worker.log")

    def _restart(self, name, place, number):
        self._servers[name].send_signal(number)
        self._servers[name].wait(15)
        self._stacks[name].close()
        self._start(name, place)

    def _start(self, name, place):
        self._servers[name] = self._stacks[name].enter_context(place.serving())


def connect_to(url):
    """Let this process work on another database; return what it worked on."""
    parts = urlsplit(url)
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        HOST=parts.hostname,
        PORT=parts.port,
        NAME=parts.path.removeprefix("/"),
        USER=parts.username,
        PASSWORD=unquote(parts.password),
    )
    return before
