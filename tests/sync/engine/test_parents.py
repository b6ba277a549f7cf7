"""Records that lock the same parent stand together in a Bulk job (F24)."""

import csv
import io
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lists.models import ListKind
from sync.engine import push as push_module
from sync.engine import send_bulk
from sync.engine.push_rows import PushFields, PushRow
from sync.services import import_list

NAMES = ["LastName", "AccountId"]
VALUES = st.dictionaries(
    st.sampled_from(NAMES), st.none() | st.text(st.sampled_from('ab",\n'), max_size=30)
)


@pytest.mark.scenario
@pytest.mark.fault("F24")
def test_contacts_of_one_account_follow_each_other_in_a_bulk_job(sync, monkeypatch):
    monkeypatch.setattr(push_module, "BULK_FROM", 1)
    run = import_list(
        account=sync.account,
        kind=ListKind.CONTACTS,
        name="Contacts",
        fields=["LastName", "AccountId"],
        actor=sync.actor,
    )
    job = sync.execute(run).job
    sync.set_up(job, push_add=True)
    accounts = sorted(
        sync.org.client().Account.create({"Name": sync.unique()})["id"] for _ in range(2)
    )
    for number in range(6):
        values = {"LastName": f"Person {number}", "AccountId": accounts[number % 2]}
        sync.add_local(job, Email=sync.unique(), **values)
    sync.org.forget_calls()

    run = sync.run(job)

    assert run.records_pushed_new == 6
    (upload,) = [call for call in sync.org.calls() if call["method"] == "PUT"]
    job_path = upload["path"].partition("/data/")[2].partition("/")[2].removesuffix("/batches")
    rows = read_csv(sync.org, f"{job_path}/successfulResults")
    assert [row["AccountId"] for row in rows] == [*[accounts[0]] * 3, *[accounts[1]] * 3]


def read_csv(org, path):
    client = org.client()
    answer = client.session.get(
        client.base_url + path, headers={"Authorization": f"Bearer {client.session_id}"}
    )
    return list(csv.DictReader(io.StringIO(answer.text)))


@given(st.lists(VALUES, min_size=1, max_size=40), st.integers(60, 600))
def test_no_row_is_left_behind_when_a_jobs_rows_are_sorted(drafts, room):
    rows = [
        PushRow(uuid.UUID(int=number), None, "", values, values.get("AccountId") or "")
        for number, values in enumerate(drafts)
    ]
    waiting = iter(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(send_bulk, "CHARACTERS_PER_JOB", room)
        taken = send_bulk.sort_by_parent(waiting, NAMES)
        fields = PushFields(columns=(), catalogue={})
        written = send_bulk.write_rows(io.BytesIO(), iter(taken), fields, NAMES, create=True)

    assert written == len(taken)
    assert sorted([*taken, *waiting], key=lambda row: row.record_id) == rows
    assert taken == sorted(taken, key=lambda row: row.parent)
