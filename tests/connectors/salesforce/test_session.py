"""Renewal, repeats and the walls around the organisation's host."""

import socket
import threading

import orjson
import pytest

from connectors.salesforce import (
    ApiCall,
    AuthenticationError,
    ConcurrencyError,
    Grant,
    HostError,
    LimitError,
    NetworkError,
    OrganisationChangedError,
    RetryPolicy,
    SalesforceClient,
    SalesforceError,
    ServerError,
    TransientError,
    UnknownOutcomeError,
    UnreachableError,
    VersionError,
    count_records,
    insert_records,
    iterate_records,
    update_records,
)
from tests.connectors.salesforce.conftest import ORGANISATION_ID, USER_ID, answer, serve

ONCE = RetryPolicy(budget_seconds=-1)
EXPIRED = answer(
    b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]', 401
)
BUSY = answer(b'[{"message":"Busy","errorCode":"SERVER_UNAVAILABLE"}]', 503)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def error(code, message="Said by Salesforce", status=400, **headers):
    body = orjson.dumps([{"errorCode": code, "message": message}])
    return answer(body, status, **headers)


def fresh_grant(url, number=1, organisation_id=ORGANISATION_ID):
    return Grant(f"00D5e000000abcd!fresh{number}", url, USER_ID, organisation_id)


@pytest.mark.fault("F1")
def test_session_is_renewed_once_and_the_same_request_replayed_when_it_expired(peer):
    refused = []

    def renew(grant):
        refused.append(grant.session_id)
        return fresh_grant(peer.url)

    peer.will(EXPIRED, answer(b'[{"id":"00Q5e000001abcdEAA","success":true,"errors":[]}]'))
    with peer.client(renew) as client:
        outcomes = update_records(client, "Lead", [{"Id": "00Q5e000001abcdEAA", "City": "Köln"}])

    first, second = peer.requests
    assert outcomes[0].success
    assert refused == ["00D5e000000abcd!first"]
    assert first.headers.pop("authorization") == "Bearer 00D5e000000abcd!first"
    assert second.headers.pop("authorization") == "Bearer 00D5e000000abcd!fresh1"
    assert (first.method, first.path, first.headers, first.body) == (
        second.method,
        second.path,
        second.headers,
        second.body,
    )
    assert second.headers["sforce-auto-assign"] == "FALSE"


@pytest.mark.fault("F1")
def test_connection_is_paused_when_the_fresh_session_is_refused_too(peer):
    peer.will(EXPIRED, EXPIRED, answer())

    with (
        peer.client(lambda _: fresh_grant(peer.url)) as client,
        pytest.raises(AuthenticationError) as caught,
    ):
        client.get("limits")

    assert caught.value.code == "INVALID_SESSION_ID"
    assert caught.value.pauses_connection
    assert len(peer.requests) == 2


@pytest.mark.fault("F1")
def test_object_call_of_simple_salesforce_ends_when_the_session_stays_refused(peer):
    peer.will(*[EXPIRED] * 5)

    with (
        peer.client(lambda _: fresh_grant(peer.url)) as client,
        pytest.raises(AuthenticationError),
    ):
        client.salesforce.Lead.get("00Q5e000001abcdEAA")

    assert len(peer.requests) == 2


@pytest.mark.fault("F1", "F3")
def test_session_is_renewed_once_when_several_threads_meet_its_end(peer):
    renewals = []
    both_refused = threading.Barrier(2)

    def refuse(connection):
        both_refused.wait(timeout=10)
        connection.sendall(EXPIRED)

    def renew(_):
        renewals.append(1)
        return fresh_grant(peer.url, len(renewals))

    peer.will(refuse, refuse, answer(), answer())
    with peer.client(renew) as client:
        threads = [threading.Thread(target=client.get, args=("limits",)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)

    assert len(renewals) == 1
    assert len(peer.requests) == 4


@pytest.mark.fault("F12")
def test_nothing_is_sent_when_another_organisation_answers_the_renewal(peer):
    other = fresh_grant(peer.url, organisation_id="00D5e000000zzzzEAA")
    peer.will(EXPIRED, answer())

    with peer.client(lambda _: other) as client, pytest.raises(OrganisationChangedError) as caught:
        client.get("limits")

    assert caught.value.pauses_connection
    assert len(peer.requests) == 1


@pytest.mark.fault("F13")
def test_calls_go_to_the_new_host_when_the_renewal_names_an_allowed_one(
    peer, certificate_directory
):
    moved = serve(certificate_directory)
    new_peer = next(moved)
    peer.will(EXPIRED)
    new_peer.will(answer(b'{"new": 1}'), answer(b'{"new": 2}'))
    hosts = frozenset({peer.host, new_peer.host})

    with peer.client(lambda _: fresh_grant(new_peer.url), allowed_hosts=hosts) as client:
        assert client.get("limits") == {"new": 1}
        assert client.get("limits") == {"new": 2}
        assert client.grant.instance_url == new_peer.url

    assert len(peer.requests) == 1
    moved.close()


@pytest.mark.fault("F13")
@pytest.mark.threat("T13")
@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1", "https://evil.example", "http://login.salesforce.com"]
)
def test_renewal_is_refused_when_it_names_a_strange_host(peer, url):
    peer.will(EXPIRED)

    with peer.client(lambda _: fresh_grant(url)) as client, pytest.raises(HostError):
        client.get("limits")


@pytest.mark.threat("T13")
@pytest.mark.parametrize(
    "path", [".evil.example/x", "@evil.example/x", ":1/x", "1/x", "\\@evil.example/x", "#/x"]
)
def test_next_page_is_refused_when_its_url_leaves_the_host(peer, path):
    page = {"records": [], "totalSize": 5000, "done": False, "nextRecordsUrl": path}
    peer.will(answer(orjson.dumps(page)))

    with peer.client() as client, pytest.raises(HostError):
        list(iterate_records(client, "SELECT Id FROM Lead"))

    assert len(peer.requests) == 1


@pytest.mark.threat("T13")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_salesforce_host_is_refused_when_its_name_leads_inside(peer, monkeypatch, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, 0), family=family)
    found = [(family, socket.SOCK_STREAM, 6, "", listener.getsockname())]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    grant = Grant("00D5e000000abcd!x", "https://acme.my.salesforce.com", USER_ID, ORGANISATION_ID)

    with (
        SalesforceClient(grant, network=peer.network()) as client,
        pytest.raises(HostError) as caught,
    ):
        client.get("limits")

    listener.close()
    assert caught.value.code == "PRIVATE_ADDRESS"


@pytest.mark.threat("T13")
def test_proxy_of_the_environment_is_not_used(peer, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    peer.will(answer(b'{"direct": 1}'))

    with peer.client() as client:
        assert client.get("limits") == {"direct": 1}


@pytest.mark.fault("F19")
def test_get_is_repeated_with_growing_pauses_when_the_service_is_down(peer):
    time = Time()
    peer.will(*[BUSY] * 5, answer(b'{"up": 1}'))

    with peer.client(clock=time.clock, sleep=time.sleep) as client:
        assert client.get("limits") == {"up": 1}

    for number, pause in enumerate(time.slept):
        assert 0.5 * 2**number <= pause <= 2**number


@pytest.mark.fault("F19")
def test_get_gives_up_when_the_service_stays_down_beyond_its_budget(peer):
    time = Time()
    peer.will(*[BUSY] * 50)

    with (
        peer.client(clock=time.clock, sleep=time.sleep) as client,
        pytest.raises(TransientError) as caught,
    ):
        client.get("limits")

    assert caught.value.retryable
    assert sum(time.slept) <= 900
    assert max(time.slept) <= 60


@pytest.mark.fault("F19")
@pytest.mark.parametrize(("budget", "repeats"), [(0, 0), (30, 1), (900, 9)])
def test_pauses_stay_within_the_budget_when_the_answer_asks_for_more(peer, budget, repeats):
    time = Time()
    wait = "97" if budget > 97 else "29"
    peer.will(*[error("SERVER_UNAVAILABLE", status=503, Retry_After=wait)] * 50)

    with (
        peer.client(
            clock=time.clock, sleep=time.sleep, retry=RetryPolicy(budget_seconds=budget)
        ) as client,
        pytest.raises(TransientError),
    ):
        client.get("limits")

    assert len(time.slept) == repeats


@pytest.mark.fault("F19")
def test_retry_after_is_kept_to_when_the_answer_names_it(peer):
    time = Time()
    peer.will(error("SERVER_UNAVAILABLE", status=503, Retry_After="97"), answer())

    with peer.client(clock=time.clock, sleep=time.sleep) as client:
        client.get("limits")

    assert time.slept == [97.0]


@pytest.mark.fault("F19")
@pytest.mark.parametrize("status", [406, 420, 429, 502, 503, 504])
def test_get_is_repeated_when_the_edge_answers_without_a_code(peer, status):
    peer.will(answer(b"<html>Down</html>", status, "text/html"), answer(b'{"up": 1}'))

    with peer.client() as client:
        assert client.get("limits") == {"up": 1}


@pytest.mark.fault("F20")
def test_get_is_repeated_three_times_when_salesforce_meets_an_error_of_its_own(peer):
    peer.will(*[error("UNKNOWN_EXCEPTION", status=500)] * 9)

    with peer.client() as client, pytest.raises(ServerError):
        client.get("limits")

    assert len(peer.requests) == 4


@pytest.mark.fault("F16")
def test_request_is_repeated_five_times_when_too_many_long_ones_run(peer):
    busy = error("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", 403)
    peer.will(*[busy] * 9)

    with peer.client() as client, pytest.raises(ConcurrencyError):
        insert_records(client, "Lead", [{"LastName": "Anna"}])

    assert len(peer.requests) == 6


@pytest.mark.fault("F15")
def test_request_is_not_repeated_when_the_daily_calls_are_used_up(peer):
    peer.will(error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403), answer())

    with peer.client() as client, pytest.raises(LimitError) as caught:
        client.get("limits")

    assert not isinstance(caught.value, TransientError)
    assert not caught.value.pauses_connection
    assert len(peer.requests) == 1


@pytest.mark.fault("F14")
def test_connection_is_paused_when_the_api_version_is_retired(peer):
    peer.will(answer(b"", 410, "text/html"))

    with peer.client() as client, pytest.raises(VersionError) as caught:
        client.get("limits")

    assert caught.value.pauses_connection


@pytest.mark.fault("F53")
def test_insert_is_not_repeated_when_its_answer_is_lost(peer):
    peer.will(b"", answer(b'[{"id":"00Q5e000001abcdEAA","success":true,"errors":[]}]'))

    with peer.client() as client, pytest.raises(UnknownOutcomeError):
        insert_records(client, "Lead", [{"LastName": "Anna"}])

    assert len(peer.requests) == 1


@pytest.mark.fault("F53")
def test_update_is_repeated_when_its_answer_is_lost(peer):
    peer.will(b"", answer(b'[{"id":"00Q5e000001abcdEAA","success":true,"errors":[]}]'))

    with peer.client() as client:
        outcomes = update_records(client, "Lead", [{"Id": "00Q5e000001abcdEAA", "City": "Ulm"}])

    assert [row.success for row in outcomes] == [True]
    assert peer.requests[0].body == peer.requests[1].body


@pytest.mark.fault("F53")
def test_insert_is_repeated_when_no_connection_came_about(peer):
    pauses = []
    grant = Grant("00D5e000000abcd!x", "https://localhost:1", USER_ID, ORGANISATION_ID)
    network = peer.network(allowed_hosts=frozenset({"localhost:1"}), sleep=pauses.append)

    with SalesforceClient(grant, network=network) as client, pytest.raises(UnreachableError):
        insert_records(client, "Lead", [{"LastName": "Anna"}])

    assert len(pauses) == 5


@pytest.mark.fault("F55")
def test_request_is_repeated_when_the_name_cannot_be_resolved(peer, monkeypatch):
    def lookup(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    pauses = []

    with peer.client(sleep=pauses.append) as client, pytest.raises(NetworkError) as caught:
        client.get("limits")

    assert caught.value.code == "HOST_NOT_FOUND"
    assert len(pauses) == 5


def test_wait_ends_at_once_when_sleep_raises(peer):
    class ShutdownError(Exception):
        pass

    def stop(_):
        raise ShutdownError

    peer.will(BUSY, answer())

    with peer.client(sleep=stop) as client, pytest.raises(ShutdownError):
        client.get("limits")

    assert len(peer.requests) == 1


@pytest.mark.fault("F15")
def test_meter_sees_every_answer_when_calls_succeed_and_fail(peer):
    calls = []
    peer.will(
        answer(b'{"totalSize": 3}', Sforce_Limit_Info="api-usage=18/15000"),
        error(
            "NOT_FOUND",
            status=404,
            Sforce_Limit_Info="per-app-api-usage=1/2(appName=x); api-usage=19/15000",
        ),
        answer(),
    )

    with peer.client(on_call=calls.append) as client:
        assert count_records(client, "SELECT COUNT() FROM Lead") == 3
        with pytest.raises(SalesforceError):
            client.get("sobjects/Nothing")
        client.get("limits")

    assert calls == [
        ApiCall("GET", 200, 18, 15000),
        ApiCall("GET", 404, 19, 15000),
        ApiCall("GET", 200, None, None),
    ]


def test_answers_are_not_pretty_printed_and_no_cookie_is_kept(peer):
    peer.will(answer(Set_Cookie="BrowserId=abc"), answer())

    with peer.client() as client:
        client.get("limits")
        client.get("limits")

    assert "x-prettyprint" not in peer.requests[0].headers
    assert "cookie" not in peer.requests[1].headers
    assert peer.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.threat("T23")
def test_session_id_is_not_shown_when_a_grant_is_printed():
    assert "fresh1" not in repr(fresh_grant("https://localhost:1"))
