"""Inside a measured process: what a piece of work costs.

The clocks run while the work runs: starting Python and importing are not in them. The peak of
memory is the whole process's, from its start.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def read_task() -> dict[str, Any]:
    """Return the JSON object that the benchmark put on standard input."""
    task: dict[str, Any] = json.load(sys.stdin)
    return task


def report(facts: dict[str, Any]) -> None:
    """Tell the benchmark: one JSON object as the last line of standard output."""
    print(json.dumps(facts), flush=True)


def measure(work: Callable[[], dict[str, Any]]) -> None:
    """Do the work, and report its facts with what it cost.

    `wall_seconds`, `processor_seconds` (user and system, all threads), `peak_memory_mb`.
    """
    started, processor_started = time.perf_counter(), time.process_time()
    facts = work()
    wall, processor = time.perf_counter() - started, time.process_time() - processor_started
    report(
        {
            **facts,
            "wall_seconds": wall,
            "processor_seconds": processor,
            "peak_memory_mb": read_peak_memory_mb(),
        }
    )


def read_peak_memory_mb() -> float:
    """Return the largest resident size this process has had, in megabytes of 1,000,000 bytes.

    Not from getrusage: there a child begins with the size of the parent that started it.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError("The kernel does not tell the peak of memory.")


def read_processor_seconds(pid: int) -> float:
    """Return the user and system time of a process and of those of its children that ended.

    Of a process that has ended meanwhile it is 0: its parent tells the time from now on.
    """
    try:
        status = _read_status(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(field) for field in status[11:15]) / os.sysconf("SC_CLK_TCK")


def read_parent(pid: int) -> int:
    """Return the id of the process that started this one."""
    return int(_read_status(pid)[1])


def _read_status(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the program's name, which may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
