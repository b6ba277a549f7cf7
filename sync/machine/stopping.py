"""The word that a worker stops, from its main process to the children that do the runs (F80).

A deployment sends SIGTERM to the worker's main process alone. One byte of memory, which all
processes that it forks share with it, tells them. A run looks at it between pages and in every
pause, gives its account free at its checkpoint, and another worker goes on there.
"""

import mmap
import time

# So long a pause goes on after the word was given.
LOOK_EVERY_SECONDS = 0.5

_word = mmap.mmap(-1, 1)


class WorkerStoppingError(Exception):
    """This worker is about to end: leave the run at its checkpoint to another one."""


def ask_to_stop() -> None:
    """Let every run of this worker stop at its next page; safe to call from a signal handler."""
    _word[0] = 1


def is_stopping() -> bool:
    """Tell whether this worker was asked to stop."""
    return bool(_word[0])


def check_worker() -> None:
    """Raise WorkerStoppingError when this worker was asked to stop."""
    if is_stopping():
        raise WorkerStoppingError


def pause(seconds: float) -> None:
    """Sleep; raise WorkerStoppingError within half a second after the word to stop."""
    end = time.monotonic() + seconds
    while True:
        check_worker()
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, LOOK_EVERY_SECONDS))
