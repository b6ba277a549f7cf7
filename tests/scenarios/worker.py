"""A real Celery worker on the test's database and broker, to be killed at will."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.processes import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
LEASE_SECONDS = 2


class Worker:
    """A worker process and everything below it."""

    def __init__(self, environment, log):
        command = [sys.executable, "-m", "celery", "--app", "acton_connector", "worker"]
        command += ["--pool", "prefork", "--concurrency", "1", "--loglevel", "WARNING"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self):
        """Kill -9 the worker and its children, as the kernel does when memory runs out."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, *, seconds):
        """Stop the worker as a deployment does: SIGTERM to its main process."""
        self.process.terminate()
        self.process.wait(seconds)


def database_url():
    """Return the URL of the database that this test works on."""
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    login = f"{parts['USER']}:{parts['PASSWORD']}" if parts["PASSWORD"] else parts["USER"]
    return f"postgres://{login}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"


def worker_environment(local_org, **extra):
    """Return the environment of a worker that shares the test's database, keys and broker."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "acton_connector.settings",
        "DATABASE_URL": database_url(),
        "VAR_DIR": str(settings.VAR_DIR),
        "REDIS_URL": settings.REDIS_URL,
        "SALESFORCE_EXTRA_LOGIN_HOSTS": local_org.host,
        "SALESFORCE_CA_BUNDLE": local_org.ca_file,
        "SYNC_LEASE_SECONDS": str(LEASE_SECONDS),
        **extra,
    }


@contextmanager
def running_worker(environment, tmp_path) -> Iterator[Worker]:
    """Run a worker while the block lasts, unless the test kills it before."""
    worker = Worker(environment, tmp_path / "worker.log")
    try:
        yield worker
    finally:
        if worker.process.poll() is None:
            worker.kill()


__all__ = ["LEASE_SECONDS", "Worker", "running_worker", "wait_until", "worker_environment"]
