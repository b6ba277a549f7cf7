"""The race: 20 processes, forked from one, claim the same accounts, and some are paused meanwhile.

    python -m tests.scenarios.races.racers SEED PLANTED ACCOUNT...

Each process has a clock of its own, up to a day before or behind the others'. The parent calls out
an account to ten of them at once, again and again, and all the while stops processes for longer
than a lease lasts. The last line says what the processes saw, as JSON.
"""

import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field

import django
import time_machine

PROCESSES = 20
PASSES = 2
AT_ONCE = 10
BLOCK = 5
SECONDS_PER_ROUND = 0.12
STOPS_PER_SECOND = 16
DAY_SECONDS = 86_400


@dataclass
class Racer:
    """One process, seen by its parent."""

    pid: int
    calls: int  # a pipe: an account per line
    report: int  # a pipe: what it saw, when it ends
    stopped_until: float = field(default=0)

    def call(self, account_id):
        os.write(self.calls, f"{account_id}\n".encode())

    def stop(self, seconds):
        os.kill(self.pid, signal.SIGSTOP)
        self.stopped_until = time.monotonic() + seconds

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)
        self.stopped_until = 0


def main(seed, planted, *accounts):
    """Race for the accounts; print the sum of what the processes saw."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acton_connector.settings")
    django.setup()
    from django.db import connections

    # Imported before the fork, so that the children need not.
    from tests.scenarios.races import racing

    if planted != "nothing":
        racing.plant(planted)
    connections.close_all()
    luck = random.Random(seed)
    racers = [start(racing.race, luck.random()) for _ in range(PROCESSES)]
    done = threading.Event()
    stopper = threading.Thread(target=stop_some, args=(racers, random.Random(seed), done))
    stopper.start()
    try:
        call_out(racers, [int(account) for account in accounts], luck)
        seen = read_reports(racers)
    finally:
        done.set()
        stopper.join()
    for racer in racers:
        os.waitpid(racer.pid, 0)
    sys.stdout.write(json.dumps(seen))


def start(race, seed):
    """Fork a process that races until its pipe is closed."""
    calls_in, calls_out = os.pipe()
    report_in, report_out = os.pipe()
    pid = os.fork()
    if pid:
        os.close(calls_in)
        os.close(report_out)
        return Racer(pid, calls_out, report_in)
    status = 1
    try:
        os.close(calls_out)
        luck = random.Random(seed)
        offset = luck.uniform(-DAY_SECONDS, DAY_SECONDS)
        time_machine.travel(time.time() + offset, tick=True).start()
        with os.fdopen(calls_in) as calls, os.fdopen(report_out, "w") as report:
            report.write(json.dumps(race(calls, luck)))
        status = 0
    except Exception:  # noqa: BLE001 - told, and counted by the parent
        traceback.print_exc()
    finally:
        os._exit(status)


def call_out(racers, accounts, luck):
    """Call out an account to some at once, and again when a lease has just run out."""
    for first in range(0, len(accounts), BLOCK):
        for account in accounts[first : first + BLOCK] * PASSES:
            for racer in luck.sample(racers, AT_ONCE):
                racer.call(account)
            time.sleep(SECONDS_PER_ROUND)


def stop_some(racers, luck, done):
    """Stop one after the other, each for longer than a lease, until it is all over."""
    while not done.wait(1 / STOPS_PER_SECOND):
        now = time.monotonic()
        for racer in racers:
            if racer.stopped_until and racer.stopped_until <= now:
                racer.go_on()
        going = [racer for racer in racers if not racer.stopped_until]
        if len(going) > PROCESSES / 2:
            luck.choice(going).stop(luck.uniform(0.55, 1.2))
    for racer in racers:
        racer.go_on()


def read_reports(racers):
    """Let all come to an end; return the sum of what they saw."""
    seen = Counter()
    for racer in racers:
        os.close(racer.calls)
    for racer in racers:
        with os.fdopen(racer.report) as report:
            text = report.read()
        seen.update(json.loads(text) if text else {"broke down": 1})
    return seen


if __name__ == "__main__":
    main(*sys.argv[1:])
