"""A page of 64 kB that ends early in good order: nothing of it is taken for the whole.

Where rows are lost at the end of one, the caller has to count them. The deep profile ends the page
at every byte; otherwise it ends behind some rows, within some, and at places by chance.
"""

import random
import tracemalloc

import hypothesis
import pytest
from django.db import transaction

from lists.models import ListRecord
from lists.records import PageError
from tests.cut_server import RESULT_BYTES, make_rows
from tests.lists.records.pages import cut, lead, plan_for, render

ROWS = 580
CHUNK_BYTES = 16_384


@pytest.fixture(scope="module")
def result():
    made = make_rows(ROWS, random.Random(7))
    assert len(made) >= RESULT_BYTES
    return made


def places(result, seed):
    if hypothesis.settings.get_current_profile_name() == "deep":
        return range(len(result))
    chance = random.Random(seed)
    ends = [at + 2 for at in range(len(result)) if result.startswith(b'"\n', at)][:-1]
    near = {end - back for end in chance.sample(ends, 8) for back in (0, 1, 2)}
    return sorted({0, 1, len(result) - 1} | near | set(chance.sample(range(len(result)), 25)))


@pytest.mark.fault("F50", "F52")
def test_page_that_ends_early_is_never_taken_for_whole(store, marketing_list, result):
    seed = random.SystemRandom().randrange(1 << 32)
    plan = plan_for(marketing_list, remember_seen=True)

    for size in places(result, seed):
        with transaction.atomic():
            try:
                read = store.apply_page(plan, cut(result[:size], CHUNK_BYTES)).read
            except PageError:
                read = None
            at_a_row = result[:size].endswith(b'"\n') or size == 0
            assert (read is None) != at_a_row, f"{size} bytes, seed {seed}: {read}"
            assert read is None or read < ROWS, f"{size} bytes, seed {seed}: {read}"
            transaction.set_rollback(True)

    assert not ListRecord.objects.exists()
    assert store.apply_page(plan, cut(result, CHUNK_BYTES)).read == ROWS


@pytest.mark.fault("F78")
def test_memory_stays_flat_when_a_page_has_grown(store, marketing_list):
    text = "x" * 5_000

    def grown():
        yield render([])
        for number in range(3_000):
            yield render([lead(number, "", text, "")]).partition(b"\n")[2]

    tracemalloc.start()
    counts = store.apply_page(plan_for(marketing_list), grown())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert counts.added == 3_000
    assert peak < 8_000_000  # of 15 MB
