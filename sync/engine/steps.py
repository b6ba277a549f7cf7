"""The steps of a run, in the order that its options ask for."""

from collections.abc import Callable

from sync.engine.context import RunContext
from sync.engine.drift import do_step
from sync.engine.removal import remove
from sync.engine.sources import read_source
from sync.engine.targets import send_changes
from sync.models import Step

STEPS: dict[Step, Callable[[RunContext], None]] = {
    Step.PULL: read_source,
    Step.REMOVAL: remove,
    Step.PUSH: send_changes,
}


def do_steps(context: RunContext) -> None:
    """Do the steps that are left, from the checkpoint on."""
    steps = context.options.steps
    done = steps.index(Step(context.run.step)) if context.run.step else 0
    for step in steps[done:]:
        if context.run.step != step:
            context.begin(step)
        do_step(context, step, STEPS[step])
    context.advance(context.checkpoint)
