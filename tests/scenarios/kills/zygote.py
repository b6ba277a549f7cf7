"""A process that has the application loaded and forks a worker for each run, to be killed at will.

A line of standard input is a task: `{"run": id, "plant": name or null}`. The answers are lines too:
`started PID`, and once that process has ended, however it did, `ended PID`.
"""

import json
import os
import sys
import threading
import traceback

import django

django.setup()

from sync.engine.runner import execute_run  # noqa: E402 - needs Django's app registry
from tests.scenarios.kills import plants  # noqa: E402


def main():
    for line in sys.stdin:
        task = json.loads(line)
        pid = os.fork()  # this process never talks to the database: nothing is shared
        if pid == 0:
            work(task)
        tell("started", pid)
        threading.Thread(target=reap, args=(pid,), daemon=True).start()


def work(task):
    """Do a run as a worker does, and end without a word to anybody."""
    try:
        if task["plant"]:
            getattr(plants, task["plant"])(task["run"])
        execute_run(task["run"])
    except Exception:  # noqa: BLE001 - the test reads what it left, not what it said
        traceback.print_exc()
    finally:
        os._exit(0)


def reap(pid):
    os.waitpid(pid, 0)
    tell("ended", pid)


def tell(event, pid):
    os.write(1, f"{event} {pid}\n".encode())  # one write: lines of two threads do not mix


if __name__ == "__main__":
    main()
