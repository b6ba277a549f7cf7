"""One round of the world: it changes, a run is disturbed and ends, and is compared."""

import random
from dataclasses import dataclass

from tests.scenarios.kills.disturbance import (
    die_at,
    disturb,
    finish,
    measure,
    ring_twice,
    sleep_after_call,
    spoil_call,
)
from tests.scenarios.kills.workers import Workers
from tests.scenarios.kills.world import World


@dataclass
class Schedules:
    """What is done to the runs of one world; each round returns what is wrong then, in words."""

    world: World
    workers: Workers
    usual_seconds: float = 0.0

    def undisturbed(self):
        """Let a run bring the world in step, and note how long it takes."""
        run = self._begin(random.Random(0), reads_everything=True)
        self.usual_seconds = measure(self.workers, run)
        run.refresh_from_db()
        return self.world.find_differences(run)

    def disturbed(self, seed):
        """Disturb a run by the luck of a seed."""
        luck = random.Random(seed)
        self.workers.manner["in_bulk"] = luck.random() < 0.3
        run = self._begin(luck, reads_everything=luck.random() < 0.6)
        told = disturb(self.workers, self.world.sync.org, run, luck, self.usual_seconds)
        return [f"seed {seed}, {told}: {each}" for each in self._end(run)]

    def rung_twice(self, seed):
        """Start a second worker while the first is at work: one of them claims the run."""
        luck = random.Random(seed)
        run = self._begin(luck, reads_everything=True)
        before = self.world.count_claims()
        ring_twice(self.workers, run, luck.uniform(0, self.usual_seconds))
        claims = self.world.count_claims() - before
        found = [] if claims == 1 else [f"{claims} claims"]
        return [f"seed {seed}: {each}" for each in [*found, *self._end(run)]]

    def answer_lost(self, number, *, reads_everything):
        """Lose the answer to one call, which Salesforce has done."""
        return self._spoiled(number, reads_everything=reads_everything, lose_reply=True)

    def page_without_rows(self, number):
        """Cut an answer behind what is the first line of a page, as if that were all of it."""
        cut = self.world.length_of_header()
        return self._spoiled(number, reads_everything=True, truncate_at=cut, identity=True)

    def dead_at(self, kind, number, when, *, reads_everything, times=1):
        """Kill the worker at a moment; None where a run does not come to so many of them."""
        run = self._begin(random.Random(number), reads_everything=reads_everything)
        deaths = [die_at(self.workers, run, kind, number, when) for _ in range(times)]
        wrong = [f"dead {when} {kind} {number}: {each}" for each in self._end(run)]
        return wrong if any(deaths) or wrong else None

    def asleep_after_call(self, number):
        """Let the worker sleep after a call while another one takes its run; else as `dead_at`."""
        run = self._begin(random.Random(number), reads_everything=True)
        slept = sleep_after_call(self.workers, run, number)
        wrong = [f"asleep after call {number}: {each}" for each in self._end(run)]
        return wrong if slept or wrong else None

    def _spoiled(self, number, *, reads_everything, **fault):
        run = self._begin(random.Random(number), reads_everything=reads_everything)
        spoil_call(self.workers, self.world.sync.org, run, number, **fault)
        return [f"call {number}, {fault}: {each}" for each in self._end(run)]

    def _begin(self, luck, *, reads_everything):
        self.world.change(luck, reads_everything=reads_everything)
        return self.world.queue()

    def _end(self, run):
        finish(self.workers, run)
        return self.world.find_differences(run)
