"""The whole application on one machine: web, worker and beat."""

import os
import signal
import sys
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from acton_connector.management.processes import (
    first_free_port,
    has_semaphores,
    serves_pages,
)
from acton_connector.management.supervisor import Service, Supervisor

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


class Command(BaseCommand):
    """Migrates, starts web, worker and beat, and keeps them running until Ctrl-C."""

    help = "Run web, worker and beat on this machine until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address that the pages are served at."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: Any, host: str, port: int, **_options: Any) -> None:
        """Run until SIGINT or SIGTERM; then end every process and return."""
        try:
            free = first_free_port(host, port)
        except OSError as error:
            raise CommandError(str(error)) from error
        if port not in {free, 0}:
            self._say(f"port {port} is taken; using {free}")
        call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)

        supervisor = Supervisor(make_services(host, free), say=self._say)

        def stop(_number: int, _frame: FrameType | None) -> None:
            supervisor.stop()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        url = make_url(host, free)
        supervisor.run(
            is_ready=lambda: serves_pages(EVERY_ADDRESS.get(host, host), free),
            on_ready=lambda: self._say(f"ready at {url} - Ctrl-C stops everything"),
        )
        self._say("stopped")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def make_url(host: str, port: int) -> str:
    """Return where a browser on this machine finds the pages."""
    name = EVERY_ADDRESS.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def worker_pool() -> str:
    """Return Celery's pool: processes, or threads where processes cannot share a lock."""
    return "prefork" if has_semaphores() else "threads"


def make_services(host: str, port: int) -> list[Service]:
    """Return web, worker and beat as processes of this interpreter."""
    environment = {"PUBLIC_BASE_URL": make_url(host, port), **os.environ}
    granian = [sys.executable, "-m", "granian", "acton_connector.wsgi:application"]
    granian += ["--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"]
    # Threads wait for the database side by side; a worker that dies is replaced by granian.
    granian += ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"]
    celery = [sys.executable, "-m", "celery", "--app", "acton_connector", "--quiet"]
    worker = ["worker", "--pool", worker_pool(), "--concurrency", "2"]
    # What workers tell each other is of use to a monitor only, and costs the file broker polling.
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    # Without a file that would say, after a crash, that beat still runs.
    beat = ["beat", "--pidfile", ""]
    return [
        Service("web", granian, environment),
        Service("worker", [*celery, *worker], environment),
        Service("beat", [*celery, *beat], environment),
    ]
