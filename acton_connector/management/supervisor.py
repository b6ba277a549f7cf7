"""Keep a few processes running on one machine, and end them together."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from acton_connector.management.processes import signal_group, start_child

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Service:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Patience:
    """How long to wait: before a start is repeated, and for a process to end by itself.

    The pause doubles with each death from `first_pause` to `longest_pause` seconds; a process
    that lived for `healthy_after` seconds starts again after the first pause. A worker needs up to
    `stop` seconds to end its page; what takes longer is killed and resumes at its checkpoint.
    """

    first_pause: float = 1.0
    longest_pause: float = 30.0
    healthy_after: float = 60.0
    stop: float = 20.0


@dataclass
class _Child:
    service: Service
    process: subprocess.Popen[bytes]
    started_at: float
    deaths: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Runs services until `stop` is called; one that dies comes back.

    A service runs in a process group of its own, and the whole group ends with it, so that no
    grandchild keeps a port or a task.
    """

    services: Sequence[Service]
    say: Callable[[str], None]
    patience: Patience = field(default_factory=Patience)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Let `run` end all services and return; safe to call from a signal handler."""
        self._stopping.set()

    def run(self, *, is_ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        """Start the services and watch them until `stop`; call `on_ready` once, when it is true."""
        children = [self._start(service) for service in self.services]
        announced = False
        try:
            while not self._stopping.wait(POLL_SECONDS):
                for child in children:
                    self._look_after(child)
                if not announced and is_ready():
                    announced = True
                    on_ready()
        finally:
            self._end_all([child.process for child in children])

    def _start(self, service: Service) -> _Child:
        process = start_child(service.command, service.environment)
        return _Child(service, process, started_at=time.monotonic())

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.restart_at is None:
            if child.process.poll() is not None:
                self._plan_restart(child, now)
        elif now >= child.restart_at:
            fresh = self._start(child.service)
            child.process, child.started_at, child.restart_at = fresh.process, now, None

    def _plan_restart(self, child: _Child, now: float) -> None:
        signal_group(child.process, signal.SIGKILL)
        if now - child.started_at >= self.patience.healthy_after:
            child.deaths = 0
        pause = min(self.patience.first_pause * 2**child.deaths, self.patience.longest_pause)
        child.deaths += 1
        child.restart_at = now + pause
        self.say(
            f"{child.service.name} ended with status {child.process.returncode}; "
            f"starting it again in {pause:g} s"
        )

    def _end_all(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            if process.poll() is None:
                process.terminate()  # its leader passes the word on in its own order
        deadline = time.monotonic() + self.patience.stop
        for process in processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"process {process.pid} does not end; killing it")
            signal_group(process, signal.SIGKILL)
            process.wait()
