"""`manage.py run`: the whole application, started and ended as an operator does it."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.processes import command_line, descendants, is_alive, wait_until

READY = re.compile(r"ready at http://127\.0\.0\.1:(\d+)")
SERVICES = {"web": "granian", "worker": "celery --app acton_connector --quiet worker"}
START_SECONDS = 60.0
STOP_SECONDS = 40.0  # a process that does not end by itself is killed after 20


class RunningApplication:
    """The command in a process of its own, on an empty folder, and what it has printed."""

    def __init__(self, var_dir: Path, port: int) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
        environment |= {
            "VAR_DIR": str(var_dir),
            "DATABASE_URL": f"sqlite:///{var_dir / 'app.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "acton_connector.settings",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run", "--port", str(port)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output: list[str] = []
        self.seen: set[int] = set()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.output.extend(iter(self.process.stdout.readline, ""))

    def said(self, words: str) -> bool:
        return any(words in line for line in list(self.output))

    def wait_for(self, words: str) -> None:
        wait_until(
            lambda: self.said(words) or self.process.poll() is not None, seconds=START_SECONDS
        )
        assert self.said(words), "".join(self.output)

    def get(self, path: str) -> tuple[int, str | None]:
        match = READY.search("".join(self.output))
        assert match is not None
        connection = http.client.HTTPConnection("127.0.0.1", int(match.group(1)), timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        connection.close()
        return answer.status, answer.getheader("Location")

    def kill_everything(self) -> None:
        """Leave nothing behind, also when the test has just shown that the command does."""
        self.processes()
        self.process.kill()
        self.process.wait()
        for pid in filter(is_alive, self.seen):
            os.kill(pid, signal.SIGKILL)
        self.reader.join()

    def processes(self) -> set[int]:
        now = descendants(self.process.pid)
        self.seen |= now
        return now

    def find(self, words: str) -> set[int]:
        return {pid for pid in self.processes() if words in command_line(pid)}


@pytest.fixture
def application(tmp_path: Path, occupied_port: Callable[[], int]) -> Iterator[RunningApplication]:
    running = RunningApplication(tmp_path, occupied_port())
    try:
        running.wait_for("ready at")
        yield running
    finally:
        running.kill_everything()


def test_application_serves_mends_itself_and_ends_cleanly(
    application: RunningApplication,
) -> None:
    assert application.said("is taken; using")
    status, location = application.get("/")
    assert (status, location) == (302, "/people/login/?next=/")

    for name, words in SERVICES.items():
        before = application.find(words)
        assert before, f"no process of {name}"
        leader = min(before)
        os.kill(leader, signal.SIGKILL)
        application.wait_for(f"{name} ended with status -9; starting it again in 1 s")
        wait_until(lambda w=words, b=before: application.find(w) - b, seconds=START_SECONDS)
        wait_until(lambda b=before: not any(map(is_alive, b)))

    everything = application.processes()
    application.process.send_signal(signal.SIGINT)
    assert application.process.wait(STOP_SECONDS) == 0
    wait_until(lambda: not any(map(is_alive, everything)))


def test_nothing_keeps_running_when_the_command_itself_is_killed(
    application: RunningApplication,
) -> None:
    # Web and its two, worker and its two, beat: the pages answer before the worker has forked.
    wait_until(lambda: len(application.processes()) >= 6, seconds=START_SECONDS)
    everything = application.processes()
    application.process.kill()
    application.process.wait()
    wait_until(lambda: not any(map(is_alive, everything)), seconds=STOP_SECONDS)
