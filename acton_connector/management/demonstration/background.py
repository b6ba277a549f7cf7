"""A process beside the demonstration: started, ready when it says so, ended with the block."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from acton_connector.management.processes import signal_group, start_child

POLL_SECONDS = 0.05
STOP_SECONDS = 25


@dataclass(frozen=True)
class Background:
    """A process and the file that it prints to."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for_line(self, is_ready: Callable[[str], bool], *, seconds: float) -> str:
        """Return the first printed line that `is_ready` accepts.

        Raises RuntimeError with all that was printed when the process ends or takes longer.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            text = self.log.read_text()
            line = next((line for line in text.splitlines() if is_ready(line)), None)
            if line is not None:
                return line
            if ended:
                break
            time.sleep(POLL_SECONDS)
        raise RuntimeError(f"The process did not get ready. It printed:\n{self.log.read_text()}")


@contextmanager
def run_in_background(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str]
) -> Iterator[Background]:
    """Run `command` while the block lasts; what it prints goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = start_child(command, environment, output)
    try:
        yield Background(process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        signal_group(process, signal.SIGKILL)
        process.wait()
