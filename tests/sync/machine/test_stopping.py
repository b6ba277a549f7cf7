"""The word to stop: heard in a pause, by a process that was forked before it was given."""

import os
import time

import pytest

from sync.machine import stopping

pytestmark = pytest.mark.fault("F80")


@pytest.fixture(autouse=True)
def word():
    yield
    stopping._word[0] = 0


def test_a_pause_lasts_as_long_as_it_should_when_nobody_stops_the_worker():
    started = time.monotonic()

    stopping.pause(0.6)

    assert 0.6 <= time.monotonic() - started < 2


def test_a_long_pause_of_a_child_ends_within_a_second_after_its_parent_gave_the_word():
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, b".")
            stopping.pause(60)
        except stopping.WorkerStoppingError:
            os._exit(7)
        os._exit(1)
    os.read(read, 1)
    started = time.monotonic()

    stopping.ask_to_stop()

    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert time.monotonic() - started < 1
