from datetime import UTC, datetime, timedelta

import pytest

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.bulk.job import State
from salesforce_simulator.protocols.bulk.store import JobStore


def now():
    return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def make(store):
    return store.create(
        operation="insert",
        sobject_type="Lead",
        created_by_id="005",
        api_version="60.0",
        state=State.OPEN,
    )


def test_jobs_are_found_again_when_another_process_opens_the_directory(tmp_path):
    job = make(JobStore(tmp_path, now))
    assert JobStore(tmp_path, now).get(job.id) == job
    assert job.created_date == "2026-01-02T03:04:05.000+0000"


def test_job_is_found_by_its_id_of_fifteen_characters(tmp_path):
    store = JobStore(tmp_path, now)
    job = make(store)
    assert job.id.startswith("750")
    assert store.get(job.id[:15]) == job


def test_ids_differ_and_sort_by_age(tmp_path):
    store = JobStore(tmp_path, now)
    ids = [make(store).id for _ in range(50)]
    assert ids == sorted(set(ids))
    assert [job.id for job in store.all()] == ids


def test_job_stays_where_it_is_when_a_move_comes_from_a_state_it_is_not_in(tmp_path):
    store = JobStore(tmp_path, now)
    job = make(store)
    store.move(job.id, State.ABORTED, from_states={State.OPEN})
    with pytest.raises(SalesforceError) as caught:
        store.move(job.id, State.UPLOAD_COMPLETE, from_states={State.OPEN})
    assert caught.value.code == "INVALIDJOBSTATE"
    assert store.get(job.id).state is State.ABORTED


def test_deleted_job_leaves_nothing_behind(tmp_path):
    store = JobStore(tmp_path, now)
    job = make(store)
    store.delete(job.id, from_states={State.OPEN})
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SalesforceError):
        store.get(job.id)


def test_expired_job_is_forgotten_with_its_files_at_the_next_start(tmp_path):
    store = JobStore(tmp_path, now)
    done, still_open = make(store), make(store)
    store.move(done.id, State.ABORTED, from_states={State.OPEN})
    later = JobStore(tmp_path, lambda: now() + timedelta(days=8))
    assert [job.id for job in later.all()] == [still_open.id]
    assert [path.name for path in tmp_path.iterdir()] == [still_open.id]
