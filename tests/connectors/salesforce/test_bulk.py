"""Bulk jobs against the local organisation, with lost answers, stuck jobs and cut results."""

import csv
import io
import tracemalloc

import orjson
import pytest

from connectors.salesforce import (
    BulkJobAbortedError,
    BulkJobFailedError,
    BulkJobTimeoutError,
    IncompleteBodyError,
    ProtocolError,
    QueryError,
    RecordError,
    ResultsExpiredError,
    SalesforceClient,
    SalesforceError,
    SchemaError,
    Timeouts,
    TooLargeError,
    TransientError,
    close_upload,
    delete_job,
    fetch_result_page,
    iterate_failed,
    iterate_jobs,
    iterate_result_pages,
    iterate_successful,
    iterate_unprocessed,
    parse_row_error,
    read_job,
    start_ingest,
    start_query,
    upload_rows,
    wait_for_job,
)
from connectors.salesforce.bulk_jobs import job_from
from connectors.salesforce.csv_rows import iterate_rows
from tests.connectors.salesforce.conftest import USER_ID, answer

KEY = "ActOn_Record_Id__c"
QUERY = "SELECT Id, Email, Description FROM Lead"


@pytest.fixture
def client(local_org):
    network = local_org.network(sleep=lambda _seconds: None, timeouts=Timeouts(read_seconds=20))
    with SalesforceClient(local_org.log_in().grant, network=network) as made:
        yield made


def job_json(state="InProgress", kind="query", **more):
    return {
        "id": "7505e000001abcdAAA",
        "operation": kind if kind == "query" else "upsert",
        "object": "Lead",
        "createdById": USER_ID,
        "createdDate": "2026-01-02T03:04:05.000+0000",
        "state": state,
        **more,
    }


def said(**job):
    return answer(orjson.dumps(job_json(**job)))


def upsert_csv(prefix, count):
    rows = "".join(f"{prefix}-{n},Bulk {prefix} {n},Example\n" for n in range(count))
    return f"{KEY},LastName,Company\n{rows}".encode()


def run_upsert(client, content):
    job = start_ingest(client, "Lead", "upsert", external_id_field=KEY)
    upload_rows(client, job, content)
    return wait_for_job(client, close_upload(client, job))


@pytest.mark.requirement("S40")
def test_result_pages_hold_every_record_once_when_a_query_is_read_in_pages(client, local_org):
    expected = {row["Id"]: row for row in local_org.query(QUERY)}

    job = wait_for_job(client, start_query(client, QUERY))
    pages, rows = [], []
    for page in iterate_result_pages(client, job, page_size=150):
        pages.append(page)
        body = b"".join(page.chunks()).decode()
        found = list(csv.DictReader(io.StringIO(body, newline="")))
        assert len(found) == page.number_of_records
        rows += found

    assert pages[0].locator is None
    assert pages[-1].next_locator is None
    assert len(pages) == -(-len(expected) // 150)
    assert len(rows) == job.records_processed == len(expected)
    for row in rows:
        truth = expected[row["Id"]]
        assert row["Email"] == (truth["Email"] or "")
        assert row["Description"] == (truth["Description"] or "")


def test_empty_result_is_one_page_without_records(client):
    job = wait_for_job(client, start_query(client, f"{QUERY} WHERE LastName = 'nobody at all'"))

    (page,) = iterate_result_pages(client, job)

    assert page.number_of_records == 0


@pytest.mark.parametrize(
    ("soql", "kind"),
    [("SELECT Nothing__c FROM Lead", SchemaError), ("SELECT FROM", QueryError)],
)
def test_query_job_is_refused_when_salesforce_cannot_read_it(client, soql, kind):
    with pytest.raises(kind):
        start_query(client, soql)


@pytest.mark.fault("F53")
def test_page_is_read_again_by_its_locator_when_it_was_cut(client, local_org):
    job = wait_for_job(client, start_query(client, QUERY))
    first = fetch_result_page(client, job, page_size=200)
    whole = b"".join(first.chunks())
    second = b"".join(fetch_result_page(client, job, locator=first.next_locator).chunks())
    local_org.fault("/results", nth=1, cut_at=500)

    with pytest.raises(IncompleteBodyError):
        list(fetch_result_page(client, job, locator=first.next_locator).chunks())

    again = fetch_result_page(client, job, locator=first.next_locator)
    assert b"".join(again.chunks()) == second != whole


@pytest.mark.fault("F63")
def test_one_query_job_runs_when_the_answer_to_its_creation_was_lost(client, local_org):
    before = {job.id for job in iterate_jobs(client, "query")}
    local_org.fault("/jobs/query$", method="POST", nth=1, lose_reply=True)

    job = start_query(client, QUERY)

    states = {one.id: one.state for one in iterate_jobs(client, "query") if one.id not in before}
    assert len(states) == 2
    assert wait_for_job(client, job).records_processed == local_org.count(
        "SELECT COUNT() FROM Lead"
    )
    posts = [call for call in local_org.calls() if call["method"] == "POST"]
    assert len([call for call in posts if call["path"].endswith("/jobs/query")]) == 2


@pytest.mark.fault("F63")
@pytest.mark.parametrize("state", ["JobComplete", "InProgress"])
def test_job_whose_answer_was_lost_may_end_before_it_is_aborted(peer, state):
    lost, twin = lambda connection: connection.close(), job_json(id="7505e000001twinAAA")
    jobs = answer(orjson.dumps({"done": True, "records": [job_json(), twin]}))
    refused = b'[{"errorCode":"INVALIDJOBSTATE","message":"Aborting already Completed Job"}]'
    peer.will(lost, said(), jobs, answer(refused, 400), said(id=twin["id"], state=state))

    with peer.client() as client:
        if state == "JobComplete":
            assert start_query(client, QUERY).id == job_json()["id"]
        else:
            with pytest.raises(SalesforceError, match="INVALIDJOBSTATE"):
                start_query(client, QUERY)

    assert [request.method for request in peer.requests[-3:]] == ["GET", "PATCH", "GET"]


@pytest.mark.fault("F63")
def test_orphan_ingest_job_is_aborted_when_the_answer_to_its_creation_was_lost(client, local_org):
    before = {job.id for job in iterate_jobs(client, "ingest")}
    local_org.fault("/jobs/ingest$", method="POST", nth=1, lose_reply=True)

    job = start_ingest(client, "Lead", "upsert", external_id_field=KEY)

    states = {one.id: one.state for one in iterate_jobs(client, "ingest") if one.id not in before}
    assert states.pop(job.id) == "Open"
    assert list(states.values()) == ["Aborted"]


@pytest.mark.fault("F63")
def test_other_open_job_is_left_alone_when_the_answer_to_a_creation_was_lost(client, local_org):
    earlier = start_ingest(client, "Lead", "upsert", external_id_field=KEY)
    local_org.shift_clock(60)
    other = start_ingest(client, "Contact", "upsert", external_id_field=KEY)
    local_org.fault("/jobs/ingest$", method="POST", nth=1, lose_reply=True)

    start_ingest(client, "Lead", "upsert", external_id_field=KEY)

    assert read_job(client, "ingest", earlier.id).state == "Open"
    assert read_job(client, "ingest", other.id).state == "Open"


@pytest.mark.fault("F60")
def test_reason_is_given_when_a_job_failed(peer):
    peer.will(said(state="Failed", errorMessage="InvalidBatch : Field name not found : X"))

    with peer.client() as client, pytest.raises(BulkJobFailedError) as caught:
        wait_for_job(client, job_from("query", job_json()))

    assert caught.value.message == "InvalidBatch : Field name not found : X"


@pytest.mark.fault("F61")
def test_wait_ends_when_somebody_aborts_the_job(peer):
    peer.will(said(), said(state="Aborted"))

    with peer.client() as client, pytest.raises(BulkJobAbortedError):
        wait_for_job(client, job_from("query", job_json()))


@pytest.mark.fault("F62")
def test_job_is_aborted_when_it_does_not_end_by_its_deadline(peer):
    now = [0.0]
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        now[0] += seconds

    # Any request is answered alike: the job never moves, and the abort is taken.
    peer.will(*[said()] * 200)
    with (
        peer.client(clock=lambda: now[0], sleep=sleep) as client,
        pytest.raises(BulkJobTimeoutError) as caught,
    ):
        wait_for_job(client, job_from("query", job_json()))

    assert caught.value.code == "BULK_JOB_STUCK"
    assert sum(pauses) == pytest.approx(1800)
    assert pauses[:-1] == sorted(pauses[:-1])
    assert max(pauses) <= 30
    assert len(pauses) < 80
    assert peer.requests[-1].method == "PATCH"
    assert orjson.loads(peer.requests[-1].body) == {"state": "Aborted"}


def test_wait_ends_at_once_when_the_lease_is_lost(peer):
    class LeaseLostError(Exception):
        pass

    def lose(_job):
        raise LeaseLostError

    peer.will(said())

    with peer.client() as client, pytest.raises(LeaseLostError):
        wait_for_job(client, job_from("query", job_json()), on_poll=lose)


@pytest.mark.fault("F65")
def test_window_begins_again_when_the_job_is_gone(client):
    job = wait_for_job(client, start_query(client, QUERY))
    delete_job(client, job)

    with pytest.raises(ResultsExpiredError) as caught:
        fetch_result_page(client, job)
    with pytest.raises(ResultsExpiredError):
        wait_for_job(client, job)

    assert caught.value.retryable


@pytest.mark.fault("F65")
def test_window_begins_again_when_the_locator_is_invalid(client):
    job = wait_for_job(client, start_query(client, QUERY))

    with pytest.raises(ResultsExpiredError):
        fetch_result_page(client, job, locator="bm9uc2Vuc2U")


def test_page_is_refused_when_it_does_not_count_its_rows(peer):
    peer.will(answer(b'"Id"\n', kind="text/csv"))

    with peer.client() as client, pytest.raises(ProtocolError) as caught:
        fetch_result_page(client, job_from("query", job_json("JobComplete")))

    assert caught.value.code == "RECORD_COUNT_MISSING"


def test_memory_stays_flat_when_a_page_is_large(peer):
    size, piece = 60_000_000, b'"x"\n' * 50_000

    def stream(connection):
        head = answer(b"", kind="text/csv", length=size, Sforce_NumberOfRecords="15000000")
        connection.sendall(head)
        for _ in range(size // len(piece)):
            connection.sendall(piece)

    peer.will(stream)
    tracemalloc.start()
    with peer.client() as client:
        page = fetch_result_page(client, job_from("query", job_json("JobComplete")))
        read = sum(len(chunk) for chunk in page.chunks())
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert read == size
    assert peak < 5_000_000


@pytest.mark.fault("F72", "F73")
@pytest.mark.requirement("S40")
def test_every_row_has_its_outcome_when_rows_are_upserted_in_bulk(client, local_org):
    nasty = 'Zoë "Z" O\'Neill,\r\nline\u2028sep\u0085next'
    content = io.StringIO(newline="")
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow([KEY, "LastName", "Company", "Email", "Description"])
    writer.writerow(["bulk-a", "Anna", "Example", "anna@example.com", nasty])
    writer.writerow(["bulk-b", "Bell", "Example", "not an address", nasty])
    writer.writerow(["bulk-c", "", "Example", "", ""])

    job = run_upsert(client, content.getvalue().encode())
    good = {row[KEY]: row for row in iterate_successful(client, job)}
    bad = {row[KEY]: row for row in iterate_failed(client, job)}

    assert set(good) == {"bulk-a"}
    assert good["bulk-a"]["sf__Created"] == "true"
    assert good["bulk-a"]["Description"] == nasty
    assert set(bad) == {"bulk-b", "bulk-c"}
    error = parse_row_error(bad["bulk-b"]["sf__Error"])
    assert isinstance(error, RecordError)
    assert (error.code, error.fields) == ("INVALID_EMAIL_ADDRESS", ("Email",))
    assert bad["bulk-b"]["Description"] == nasty
    assert list(iterate_unprocessed(client, job)) == []
    (lead,) = local_org.query(f"SELECT Id, LastName FROM Lead WHERE {KEY} = 'bulk-a'")
    assert lead == {"Id": good["bulk-a"]["sf__Id"], "LastName": "Anna"}


@pytest.mark.parametrize("form", ["bytes", "pieces", "file"])
def test_upload_is_the_same_when_it_comes_in_another_form(client, form):
    data = upsert_csv(f"form-{form}", 30)
    pieces = (data[i : i + 7] for i in range(0, len(data), 7))
    forms = {"bytes": data, "pieces": pieces, "file": io.BytesIO(data)}

    job = start_ingest(client, "Lead", "upsert", external_id_field=KEY)
    assert upload_rows(client, job, forms[form]) == len(data)
    job = wait_for_job(client, close_upload(client, job))

    assert (job.records_processed, job.records_failed) == (30, 0)


@pytest.mark.fault("F64")
@pytest.mark.parametrize("close_arrives", [True, False])
def test_job_runs_once_when_the_answer_to_its_close_was_lost(client, local_org, close_arrives):
    name = f"close-{close_arrives}".lower()
    job = start_ingest(client, "Lead", "upsert", external_id_field=KEY)
    upload_rows(client, job, upsert_csv(name, 20))
    broken = {"lose_reply": True} if close_arrives else {"status": 504, "body": "gateway"}
    local_org.fault(f"/jobs/ingest/{job.id}", method="PATCH", nth=1, **broken)

    job = wait_for_job(client, close_upload(client, job))

    assert (job.records_processed, job.records_failed) == (20, 0)
    assert local_org.count(f"SELECT COUNT() FROM Lead WHERE {KEY} LIKE '{name}-%'") == 20


@pytest.mark.fault("F53")
def test_nothing_is_written_when_the_answer_to_the_upload_was_lost(client, local_org):
    job = start_ingest(client, "Lead", "upsert", external_id_field=KEY)
    local_org.fault("/batches", method="PUT", nth=1, lose_reply=True)

    with pytest.raises(TransientError) as caught:
        upload_rows(client, job, upsert_csv("lost-upload", 5))

    assert caught.value.code == "UPLOAD_BROKEN"
    assert read_job(client, "ingest", job.id).state == "Aborted"
    assert local_org.count(f"SELECT COUNT() FROM Lead WHERE {KEY} LIKE 'lost-upload-%'") == 0


@pytest.mark.fault("F1")
def test_whole_upload_is_sent_again_when_the_session_ended_during_it(peer):
    refused = answer(b'[{"errorCode":"INVALID_SESSION_ID","message":"x"}]', 401)
    peer.will(refused, answer(b"", 201))
    job = job_from("ingest", job_json("Open", "ingest"))
    data = upsert_csv("again", 1_000)

    with peer.client(lambda grant: type(grant)("new", *list(vars(grant).values())[1:])) as client:
        upload_rows(client, job, iter([data[:100], data[100:]]))

    assert [request.body for request in peer.requests] == [data, data]
    assert peer.requests[1].headers["authorization"] == "Bearer new"
    assert peer.requests[1].headers["content-type"] == "text/csv"


@pytest.mark.parametrize("size", [0, 100_000_001])
def test_upload_is_refused_before_it_is_sent_when_its_size_is_out_of_bounds(peer, size):
    job = job_from("ingest", job_json("Open", "ingest"))

    with peer.client() as client, pytest.raises(TooLargeError):
        upload_rows(client, job, (b"x" * 1_000_000 for _ in range(size // 1_000_000 + bool(size))))

    assert peer.requests == []


@pytest.mark.fault("F50")
def test_outcomes_are_refused_when_fewer_rows_come_than_the_job_counts(peer):
    job = job_from(
        "ingest",
        job_json("JobComplete", "ingest", numberRecordsProcessed=3, numberRecordsFailed=2),
    )
    body = b'"sf__Id","sf__Error","Email"\n"","REQUIRED_FIELD_MISSING:x:LastName--","a"\n'
    peer.will(answer(body, kind="text/csv"))

    with peer.client() as client, pytest.raises(IncompleteBodyError) as caught:
        list(iterate_failed(client, job))

    assert caught.value.code == "ROWS_MISSING"


@pytest.mark.parametrize(
    ("cell", "code", "message", "fields"),
    [
        (
            "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [LastName]",
            ("LastName",),
        ),
        (
            "DUPLICATE_VALUE:duplicate value found: A__c, id: 003:--",
            "DUPLICATE_VALUE",
            "duplicate value found: A__c, id: 003",
            (),
        ),
        ("STRING_TOO_LONG:too long:City,Street", "STRING_TOO_LONG", "too long", ("City", "Street")),
        ("STRANGE", "STRANGE", "", ()),
    ],
)
def test_error_cell_is_taken_apart_when_a_row_failed(cell, code, message, fields):
    error = parse_row_error(cell)

    assert (error.code, error.message, error.fields) == (code, message, fields)


@pytest.mark.fault("F52")
@pytest.mark.parametrize(
    "cut", [b'"Id","Name"\n"1"\n', b'"Id","Name"\n"1","A\n', b'"Id"\n"1","2"\n']
)
def test_row_is_refused_when_it_is_cut(cut):
    with pytest.raises(IncompleteBodyError):
        list(iterate_rows([cut]))


@pytest.mark.fault("F75")
def test_known_columns_keep_their_names_when_the_header_spells_them_otherwise():
    rows = list(
        iterate_rows(
            [b'\xef\xbb\xbf"SF__ID","sf__error","Email"\n"1","2","3"\n'], ("sf__Id", "sf__Error")
        )
    )

    assert rows == [{"sf__Id": "1", "sf__Error": "2", "Email": "3"}]


@pytest.mark.fault("F75")
def test_header_is_refused_when_it_lacks_a_known_column():
    with pytest.raises(ProtocolError):
        list(iterate_rows([b'"sf__Id","Email"\n'], ("sf__Id", "sf__Error")))


@pytest.mark.fault("F75")
def test_header_is_refused_when_it_names_a_column_twice_in_any_case():
    with pytest.raises(ProtocolError):
        list(iterate_rows([b'"Id","ID"\n"1","2"\n']))


@pytest.mark.fault("F72", "F73", "F75")
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000_000])
def test_cells_are_whole_when_they_are_huge_or_hold_odd_line_ends(size):
    cells = ["a\u2028b\u2029c\u0085d\x0be\x0c\x1cf", "line\r\nline\rline\n", 'q"u""o,te', "é日本😀"]
    cells += ["x" * 300_000] if size > 7 else []
    names = [f"C{number}" for number in range(len(cells))]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([names, cells])
    data = b"\xef\xbb\xbf" + text.getvalue().encode()

    rows = list(iterate_rows(data[i : i + size] for i in range(0, len(data), size)))

    assert rows == [dict(zip(names, cells, strict=True))]


def test_no_rows_come_when_the_text_is_empty():
    assert list(iterate_rows([])) == []
    assert list(iterate_rows([b'"Id","Name"\n'])) == []
