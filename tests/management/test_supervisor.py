"""Services that die come back, and nothing outlives the supervisor."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from acton_connector.management.supervisor import Patience, Service, Supervisor
from tests.processes import is_alive, wait_until

QUICK = Patience(first_pause=0.05, longest_pause=0.2, stop=2.0)
SLEEP = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
WITH_GRANDCHILD = textwrap.dedent(
    """
    import subprocess, sys, time
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open(sys.argv[1], "a").write(f"{grandchild.pid}\\n")
    time.sleep(600)
    """
)


def make_service(program: str, pids: Path) -> Service:
    return Service("sleeper", [sys.executable, "-c", program, str(pids)])


def read_pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


@contextlib.contextmanager
def supervised(service: Service, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor([service], say=said.append, patience=QUICK)
    thread = threading.Thread(
        target=supervisor.run, kwargs={"is_ready": lambda: False, "on_ready": lambda: None}
    )
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        thread.join()


def test_service_comes_back_when_it_is_killed(tmp_path: Path) -> None:
    pids, said = tmp_path / "pids", []
    with supervised(make_service(SLEEP, pids), said):
        wait_until(lambda: len(read_pids(pids)) == 1)
        os.kill(read_pids(pids)[0], signal.SIGKILL)
        wait_until(lambda: len(read_pids(pids)) == 2)
        assert is_alive(read_pids(pids)[1])
    assert said == ["sleeper ended with status -9; starting it again in 0.05 s"]


def test_pause_doubles_up_to_its_limit_when_a_service_keeps_dying(tmp_path: Path) -> None:
    said: list[str] = []
    with supervised(make_service("raise SystemExit(3)", tmp_path), said):
        wait_until(lambda: len(said) >= 4)
    assert [sentence.rpartition(" in ")[2] for sentence in said[:4]] == [
        "0.05 s",
        "0.1 s",
        "0.2 s",
        "0.2 s",
    ]


def test_grandchildren_end_when_their_service_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    service = Service("parent", [sys.executable, "-c", WITH_GRANDCHILD, str(pids)])
    with supervised(service, []):
        wait_until(lambda: read_pids(pids))
        first = read_pids(pids)[0]
        os.kill(parent_of(first), signal.SIGKILL)
        wait_until(lambda: not is_alive(first))
        wait_until(lambda: len(read_pids(pids)) == 2)
    wait_until(lambda: not is_alive(read_pids(pids)[1]))


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("program", [SLEEP, STUBBORN], ids=["obedient", "ignores SIGTERM"])
def test_nothing_runs_after_stop(tmp_path: Path, program: str) -> None:
    pids = tmp_path / "pids"
    with supervised(make_service(program, pids), []):
        wait_until(lambda: read_pids(pids))
        started = time.monotonic()
    assert not is_alive(read_pids(pids)[0])
    assert time.monotonic() - started < QUICK.stop + 5


def test_service_ends_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = textwrap.dedent(
        f"""
        import sys
        from acton_connector.management.supervisor import Service, Supervisor
        service = Service("sleeper", [sys.executable, "-c", {SLEEP!r}, {str(pids)!r}])
        Supervisor([service], say=print).run(is_ready=lambda: False, on_ready=lambda: None)
        """
    )
    supervisor = subprocess.Popen([sys.executable, "-c", program])
    try:
        wait_until(lambda: read_pids(pids))
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(lambda: not is_alive(read_pids(pids)[0]))


def test_ready_is_told_once_when_the_condition_holds(tmp_path: Path) -> None:
    told: list[str] = []
    answers = iter([False, True, True, True])
    supervisor = Supervisor([], say=told.append)

    def is_ready() -> bool:
        return next(answers)

    def on_ready() -> None:
        told.append("ready")

    stop_after = threading.Timer(1.0, supervisor.stop)
    stop_after.start()
    supervisor.run(is_ready=is_ready, on_ready=on_ready)
    assert told == ["ready"]


def test_free_port_is_the_next_one_when_the_first_is_taken(
    occupied_port: Callable[[], int],
) -> None:
    from acton_connector.management.processes import first_free_port

    taken = occupied_port()
    assert taken < first_free_port("127.0.0.1", taken) < taken + 100
