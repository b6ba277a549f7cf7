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
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field

import django
import time_machine

PROCESSES = 20
PASSES = 2  # through 50 accounts
AT_ONCE = 10
SECONDS_PER_ROUND = 0.12
PAUSES_PER_SECOND = 16
LONGEST_END_SECONDS = 30
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
    try:
        drive(racers, [int(account) for account in accounts], luck)
        seen = finish(racers)
    finally:
        for racer in racers:
            if racer.pid:
                os.kill(racer.pid, signal.SIGKILL)
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


def drive(racers, accounts, luck):
    """Call out accounts, stop processes, let them go on."""
    begun = time.monotonic()
    next_stop = begun
    order = [account for _ in range(PASSES) for account in luck.sample(accounts, len(accounts))]
    for number, account in enumerate(order, start=1):
        for racer in luck.sample(racers, AT_ONCE):
            racer.call(account)
        while (now := time.monotonic()) < begun + number * SECONDS_PER_ROUND:
            for racer in racers:
                if racer.stopped_until and racer.stopped_until <= now:
                    racer.go_on()
            going = [racer for racer in racers if not racer.stopped_until]
            if next_stop <= now and len(going) > PROCESSES / 2:
                luck.choice(going).stop(luck.uniform(0.55, 1.2))
                next_stop += 1 / PAUSES_PER_SECOND
            time.sleep(0.005)
    for racer in racers:
        racer.go_on()


def finish(racers):
    """Wait for the end of all; return what they saw."""
    seen = Counter()
    for racer in racers:
        os.close(racer.calls)
    signal.alarm(LONGEST_END_SECONDS)  # ends this process, and the test tells that it did
    for racer in racers:
        with os.fdopen(racer.report) as report:
            text = report.read()
        _, status = os.waitpid(racer.pid, 0)
        racer.pid = 0
        seen.update(json.loads(text) if text else {})
        seen["broke down"] += status != 0
    signal.alarm(0)
    return seen


if __name__ == "__main__":
    main(*sys.argv[1:])
