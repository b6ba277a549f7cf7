"""A process that has the application loaded and forks a worker for each run, to be killed at will.

A line of standard input is a task: `{"run": id}`, and where it is no common worker `"plant"`, the
name of its mistake, `"ends_at"`, the moment at which it dies or
falls asleep, and `"in_bulk"`, whether it sends few
records as it would send many. The answers are lines too: `started PID`, and once that process has
ended, however it did, `ended PID`.
"""

import json
import os
import sys
import threading
import traceback

import django

django.setup()

from sync.engine import push, push_bulk  # noqa: E402 - needs Django's app registry
from sync.engine.runner import execute_run  # noqa: E402
from tests.scenarios.kills import moments, plants  # noqa: E402


def main():
    for line in sys.stdin:
        task = json.loads(line)
        pid = os.fork()  # this process never talks to the database: nothing is shared
        if pid == 0:
            work(**task)
        tell("started", pid)
        threading.Thread(target=reap, args=(pid,), daemon=True).start()


def work(run, plant=None, ends_at=None, in_bulk=False):
    """Do a run as a worker does, and end without a word to anybody."""
    try:
        if in_bulk:
            push.BULK_FROM, push_bulk.ROWS_PER_BULK_JOB = 1, 3
        if plant:
            getattr(plants, plant)(run)
        if ends_at:
            moments.end_at(*ends_at)
        execute_run(run)
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
