"""Results of a Bulk query that are cut on their way: read again, never taken for whole.

That this holds at every byte is shown below the engine, in `test_every_cut`; here that nobody is
removed. The deep profile cuts at many more places.
"""

import random
import re

import hypothesis
import pytest
import requests

from lists.models import ListRecord
from sync.models import RunState
from tests.sync_kit import FIELDS

pytestmark = pytest.mark.scenario

RESULTS = r"/jobs/query/[^/]+/results"
ATTEMPTS = 5


@pytest.fixture
def job(sync):
    job = sync.import_leads()
    sync.set_up(job, pull=FIELDS, pull_add=True, remove_missing=True)
    return job


def held(job):
    records = ListRecord.objects.filter(list=job.list)
    return {record.salesforce_id: (record.record_id, record.data) for record in records}


def read_result(org, *, compressed):
    """Return the bytes of the newest query's result as they go over the wire, without frames."""
    client = org.client()
    newest = client.restful("jobs/query")["records"][0]["id"]
    coding = "gzip" if compressed else "identity"
    answer = requests.get(
        f"{client.base_url}jobs/query/{newest}/results",
        headers={**client.headers, "Accept-Encoding": coding},
        verify=org.ca_file,
        stream=True,
        timeout=30,
    )
    return answer.raw.read(decode_content=False)


def broken_reads(body, *, compressed, chance):
    """Yield faults for the reads of one page but the last: cut, or ended early in good order."""
    rows = [match.end() for match in re.finditer(rb'"\n', body)][:-1]
    while True:
        places = [chance.randrange(len(body)) for _ in range(ATTEMPTS - 1)]
        # At the end of a row only the number of rows tells that some are missing.
        places[1] = places[1] if compressed else chance.choice(rows)
        yield [
            {
                "match": {"path": RESULTS},
                "nth": nth,
                "action": {"truncate_at" if nth % 2 == 0 else "cut_at": place}
                | ({} if compressed else {"identity": True}),
            }
            for nth, place in enumerate(places, start=1)
        ]


@pytest.mark.fault("F50", "F51", "F52")
@pytest.mark.requirement("S76")
@pytest.mark.parametrize("compressed", [False, True])
def test_nobody_is_removed_however_often_a_result_is_cut(sync, job, compressed):
    deep = hypothesis.settings.get_current_profile_name() == "deep"
    seed = random.SystemRandom().randrange(1 << 32)
    sync.run(job)
    body, before = read_result(sync.org, compressed=compressed), held(job)
    faults = broken_reads(body, compressed=compressed, chance=random.Random(seed))

    for _ in range(100 if deep else 1):
        type(job).objects.get(pk=job.pk).cursor.delete()  # so that everything is read
        broken = next(faults)
        sync.org.faults(broken)
        sync.org.forget_calls()
        run = sync.run(job)
        told = f"seed {seed}: {broken}, {run.message}"
        assert (run.state, run.records_removed, run.records_updated) == ("succeeded", 0, 0), told
        assert run.records_read == run.records_expected == len(before), told
        reads = [call for call in sync.org.calls() if call["path"].endswith("/results")]
        assert len(reads) == ATTEMPTS, told
        assert held(job) == before, told


@pytest.mark.fault("F67")
def test_a_run_is_not_complete_until_its_last_page_is_there(sync, job, settings):
    """Bulk API 2.0 has no chunks that fail one by one; what can stay away is a page."""
    settings.SYNC_PAGE_ROWS = 150
    changed = sync.create_lead(Email=sync.unique())
    before = held(job)
    sync.org.faults(
        [
            {"match": {"path": RESULTS}, "nth": nth, "action": {"cut_at": 9}}
            for nth in range(3, 3 + ATTEMPTS)
        ]
    )

    run = sync.run(job)

    assert (run.state, run.records_read, run.records_removed) == (RunState.INTERRUPTED, 300, 0)
    assert before.keys() <= held(job).keys()
    sync.org.mend()
    sync.org.forget_calls()
    run = sync.execute(run)
    assert (run.state, run.records_removed) == (RunState.SUCCEEDED, 0)
    assert run.records_read == run.records_expected
    assert held(job).keys() == before.keys() | {changed}
    calls = [(call["method"], call["path"].rpartition("/jobs/")[2]) for call in sync.org.calls()]
    assert ("POST", "query") not in calls  # the same result went on where it had stopped


@pytest.mark.fault("F53", "F57", "F58", "F59")
@pytest.mark.parametrize(
    ("broken", "state", "told"),
    [
        ({"status": 200, "body": "<html>Sign in</html>"}, RunState.FAILED, "its proxy"),
        ({"status": 302, "headers": {"Location": "https://x.org"}}, RunState.FAILED, "its proxy"),
        ({"cut_at": 30}, RunState.INTERRUPTED, "BODY_CUT"),
        (
            {"status": 200, "body": "{", "headers": {"Content-Type": "application/json"}},
            RunState.INTERRUPTED,
            "not complete JSON",
        ),
    ],
    ids=["a proxy's page", "a redirect", "cut", "half of the JSON"],
)
def test_an_answer_that_is_not_salesforces_ends_the_run_and_the_next_one_heals(
    sync, job, broken, state, told, monkeypatch
):
    monkeypatch.setattr("connectors.salesforce.errors.NetworkError.repeats", 0)
    monkeypatch.setattr("connectors.salesforce.errors.IncompleteBodyError.repeats", 0)
    lead = sync.create_lead(Email=sync.unique())
    before = held(job)
    sync.org.fault(r"/jobs/query/[^/]+$", every=1, **broken)

    run = sync.run(job)

    assert run.state == state
    assert told in f"{run.message} {run.advice}"
    assert held(job) == before
    sync.org.mend()
    run = sync.run(job) if run.finished_at else sync.execute(run)
    assert (run.state, run.records_added, run.records_removed) == (RunState.SUCCEEDED, 1, 0)
    assert sync.record(job, lead)
