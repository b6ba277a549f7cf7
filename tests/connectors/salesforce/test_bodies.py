"""Answers that are cut, slow, damaged, huge, or not Salesforce's."""

import gzip
import time

import pytest

from connectors.salesforce import (
    DeadlineError,
    IncompleteBodyError,
    NetworkError,
    ProtocolError,
    RetryPolicy,
    Timeouts,
    TransientError,
    UnexpectedRedirectError,
    fetch_result_page,
)
from connectors.salesforce.adapter import GuardedAdapter
from connectors.salesforce.bulk_jobs import job_from
from tests.connectors.salesforce.conftest import USER_ID, answer

ONCE = RetryPolicy(budget_seconds=-1)
SHORT = Timeouts(connect_seconds=2, read_seconds=1, total_seconds=1.5, transfer_seconds=1.5)
CSV = b'"Id","Name"\n' + b'"00Q5e000001abcdEAA","Anna\nBell"\n' * 3000
JOB = job_from(
    "query",
    {
        "id": "7505e000001abcdAAA",
        "state": "JobComplete",
        "operation": "query",
        "object": "Lead",
        "createdDate": "2026-01-02T03:04:05.000+0000",
        "createdById": USER_ID,
    },
)


def chunked(body: bytes, kind: str = "application/json", *, ended: bool = True, **headers: str):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n"
    head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    pieces = [body[i : i + 1000] for i in range(0, len(body), 1000)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head.encode() + b"\r\n" + framed + (b"0\r\n\r\n" if ended else b"")


def page(body: bytes, *, rows: int = 3000, locator: str = "null", **options):
    return answer(
        body, kind="text/csv", Sforce_NumberOfRecords=str(rows), Sforce_Locator=locator, **options
    )


def dripping(connection):
    """One byte every 0.2 s: never silent for long, never at an end."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    )
    for _ in range(99):
        connection.sendall(b" ")
        time.sleep(0.2)


def dripping_header(connection):
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 99:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def silent(connection):
    connection.recv(1)


@pytest.mark.fault("F53")
@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(answer(b'{"a":1}', length=500), id="shorter than its Content-Length"),
        pytest.param(chunked(b'{"a":1}' * 900, ended=False), id="chunks without an end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: applic", id="cut in the header"),
        pytest.param(b"", id="no answer at all"),
    ],
)
def test_get_is_repeated_when_its_answer_is_cut(peer, cut):
    peer.will(cut, answer(b'{"whole": true}'))

    with peer.client() as client:
        assert client.get("limits") == {"whole": True}
    assert len(peer.requests) == 2


@pytest.mark.fault("F50", "F53")
@pytest.mark.parametrize(
    "body",
    [
        page(CSV, length=len(CSV) + 1),
        chunked(CSV, "text/csv", ended=False, Sforce_NumberOfRecords="3000"),
    ],
)
def test_result_page_raises_when_it_is_cut_mid_stream(peer, body):
    peer.will(body)

    with peer.client() as client, pytest.raises(IncompleteBodyError) as caught:
        list(fetch_result_page(client, JOB).chunks())

    assert caught.value.retryable


@pytest.mark.fault("F51")
@pytest.mark.parametrize("missing", [1, 4, 8, 12, 100])
def test_compressed_page_raises_when_its_gzip_has_no_end(peer, missing):
    peer.will(page(gzip.compress(CSV)[:-missing], Content_Encoding="gzip"))

    with peer.client() as client, pytest.raises(IncompleteBodyError) as caught:
        list(fetch_result_page(client, JOB).chunks())

    assert caught.value.code == "GZIP_CUT"


@pytest.mark.fault("F51")
def test_compressed_page_raises_when_its_gzip_is_damaged(peer):
    damaged = bytearray(gzip.compress(CSV))
    damaged[-6] ^= 0xFF  # the checksum
    peer.will(page(bytes(damaged), Content_Encoding="gzip"))

    with peer.client() as client, pytest.raises(IncompleteBodyError) as caught:
        list(fetch_result_page(client, JOB).chunks())

    assert caught.value.code == "GZIP_BROKEN"


@pytest.mark.fault("F51")
def test_compressed_answer_is_repeated_when_its_gzip_has_no_end(peer):
    whole = gzip.compress(b'{"a": 1}')
    peer.will(answer(whole[:-3], Content_Encoding="gzip"), answer(whole, Content_Encoding="gzip"))

    with peer.client() as client:
        assert client.get("limits") == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(page(CSV), id="plain"),
        pytest.param(page(gzip.compress(CSV), Content_Encoding="gzip"), id="gzip"),
        pytest.param(
            page(gzip.compress(CSV[:700]) + gzip.compress(CSV[700:]), Content_Encoding="gzip"),
            id="two gzip members",
        ),
        pytest.param(
            chunked(
                gzip.compress(CSV),
                "text/csv",
                Content_Encoding="gzip",
                Sforce_NumberOfRecords="3000",
            ),
            id="chunked gzip",
        ),
    ],
)
def test_result_page_is_whole_when_nothing_is_missing(peer, body):
    peer.will(body)

    with peer.client() as client:
        result = fetch_result_page(client, JOB)
        assert b"".join(result.chunks()) == CSV

    assert (result.number_of_records, result.next_locator) == (3000, None)


def test_answer_is_refused_when_nothing_tells_its_length(peer):
    peer.will(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a":1}')

    with peer.client(retry=ONCE) as client, pytest.raises(IncompleteBodyError) as caught:
        client.get("limits")

    assert caught.value.code == "BODY_WITHOUT_LENGTH"


@pytest.mark.fault("F54")
@pytest.mark.parametrize("drip", [dripping, dripping_header])
def test_answer_ends_at_its_deadline_when_it_drips(peer, drip):
    peer.will(drip)
    started = time.monotonic()

    with peer.client(timeouts=SHORT, retry=ONCE) as client, pytest.raises(DeadlineError):
        client.get("limits")

    assert 1.4 < time.monotonic() - started < 5


@pytest.mark.fault("F54")
def test_result_page_ends_at_its_deadline_when_it_drips(peer):
    def drip(connection):
        connection.sendall(page(b"", length=99_999))
        for _ in range(50):
            connection.sendall(b'"x",')
            time.sleep(0.2)

    peer.will(drip)
    started = time.monotonic()

    with peer.client(timeouts=SHORT) as client, pytest.raises(DeadlineError):
        list(fetch_result_page(client, JOB).chunks())

    assert time.monotonic() - started < 5


@pytest.mark.fault("F53")
def test_answer_times_out_when_nothing_comes(peer):
    peer.will(silent)

    with peer.client(timeouts=SHORT, retry=ONCE) as client, pytest.raises(NetworkError) as caught:
        client.get("limits")

    assert caught.value.code == "READ_TIMEOUT"


@pytest.mark.fault("F57")
def test_answer_is_refused_when_a_proxy_sends_its_login_page(peer):
    peer.will(answer(b"<html>Sign in to the guest network</html>", kind="text/html"))

    with peer.client() as client, pytest.raises(ProtocolError) as caught:
        client.get("limits")

    assert caught.value.code == "UNEXPECTED_CONTENT"
    assert "proxy" in caught.value.advice


@pytest.mark.fault("F57")
def test_result_page_is_refused_when_a_proxy_sends_its_login_page(peer):
    peer.will(answer(b"<html>Sign in</html>", kind="text/html"))

    with peer.client() as client, pytest.raises(ProtocolError):
        fetch_result_page(client, JOB)


@pytest.mark.fault("F58")
@pytest.mark.threat("T13")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_refused_when_the_answer_points_elsewhere(peer, status):
    elsewhere = answer(b"", status, Location=f"{peer.url}/elsewhere")
    peer.will(elsewhere, answer(b"{}"))

    with peer.client() as client, pytest.raises(UnexpectedRedirectError):
        client.get("limits")

    assert len(peer.requests) == 1


@pytest.mark.fault("F59")
def test_get_is_repeated_when_its_json_is_cut_but_complete_by_length(peer):
    peer.will(answer(b'{"records": [{"Id": "00Q'), answer(b'{"done": true}'))

    with peer.client() as client:
        assert client.get("limits") == {"done": True}


@pytest.mark.fault("F59")
def test_get_gives_up_when_its_json_stays_unreadable(peer):
    peer.will(*[answer(b"[{")] * 9)

    with peer.client() as client, pytest.raises(TransientError) as caught:
        client.get("limits")

    assert caught.value.code == "JSON_UNREADABLE"
    assert len(peer.requests) == 4


@pytest.mark.threat("T27")
def test_answer_is_refused_when_a_small_gzip_unfolds_beyond_the_limit(peer):
    bomb = gzip.compress(b" " * 110_000_000)
    peer.will(answer(bomb, Content_Encoding="gzip"))

    with peer.client() as client, pytest.raises(ProtocolError) as caught:
        client.get("limits")

    assert caught.value.code == "ANSWER_TOO_LARGE"


def test_answer_is_refused_when_its_encoding_was_not_asked_for(peer):
    peer.will(answer(b"{}", Content_Encoding="br"))

    with peer.client() as client, pytest.raises(ProtocolError) as caught:
        client.get("limits")

    assert caught.value.code == "UNKNOWN_ENCODING"


def test_next_request_is_clean_when_a_page_was_given_up_half_read(peer):
    peer.will(page(CSV), answer(b'{"next": 1}'))

    with peer.client() as client:
        with fetch_result_page(client, JOB) as result:
            next(result.chunks())
        assert client.get("limits") == {"next": 1}


def test_session_has_no_way_to_plain_http(peer):
    with peer.client() as client:
        adapters = client.salesforce.session.adapters
        assert list(adapters) == ["https://"]
        assert isinstance(adapters["https://"], GuardedAdapter)
        assert list(adapters["https://"].poolmanager.pool_classes_by_scheme) == ["https"]
