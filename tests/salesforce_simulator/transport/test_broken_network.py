"""Faults as a client sees them."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
)


@pytest.fixture(autouse=True)
def no_faults_left(live_organisation):
    yield
    live_organisation.control("faults", [])


def break_calls(organisation, action, **rule):
    organisation.control("faults", [{"action": action, **rule}])


def test_call_fails_with_the_given_status_and_body_and_the_next_one_works(
    live_organisation, salesforce
):
    body = [{"message": "down", "errorCode": "SERVER_UNAVAILABLE"}]
    break_calls(live_organisation, {"status": 503, "body": body}, match={"path": "/limits"}, nth=1)
    with pytest.raises(SalesforceGeneralError) as caught:
        salesforce.limits()
    assert (caught.value.status, caught.value.content) == (503, body)
    assert salesforce.limits()


def test_answer_is_html_when_the_rule_gives_a_text(live_organisation, salesforce):
    break_calls(live_organisation, {"status": 200, "body": "<html>Sign in</html>"})
    reply = salesforce.session.get(f"{salesforce.base_url}limits", headers=salesforce.headers)
    assert (reply.status_code, reply.text) == (200, "<html>Sign in</html>")
    assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("cut_at", [0, 1, 1000])
def test_connection_ends_at_the_given_byte_of_the_body(live_organisation, salesforce, cut_at):
    break_calls(live_organisation, {"cut_at": cut_at}, match={"path": "/sobjects"})
    url = f"{salesforce.base_url}sobjects"
    headers = {**salesforce.headers, "Accept-Encoding": "identity"}
    with salesforce.session.get(url, headers=headers, stream=True) as reply:
        assert reply.status_code == 200
        assert int(reply.headers["Content-Length"]) > cut_at
        received, error = read_until_it_breaks(reply)
    assert isinstance(error, requests.exceptions.ChunkedEncodingError)
    assert len(received) == cut_at


def read_until_it_breaks(reply):
    """Return what arrived and the error at its end."""
    received = b""
    try:
        for piece in reply.iter_content(1):
            received += piece
    except requests.exceptions.RequestException as error:
        return received, error
    return received, None


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_answer_ends_early_in_good_order_when_it_is_truncated(
    live_organisation, salesforce, encoding
):
    url = f"{salesforce.base_url}sobjects"
    headers = {**salesforce.headers, "Accept-Encoding": encoding}
    with salesforce.session.get(url, headers=headers, stream=True) as reply:
        whole = reply.raw.read(decode_content=False)
    break_calls(live_organisation, {"truncate_at": 100}, match={"path": "/sobjects"})
    with salesforce.session.get(url, headers=headers, stream=True) as reply:
        assert reply.raw.read(decode_content=False) == whole[:100]


def test_stream_ends_early_in_good_order_when_it_is_truncated(live_organisation, salesforce):
    job = salesforce.bulk2.Lead._client.create_job("query", query="SELECT Id, Name FROM Lead")
    salesforce.bulk2.Lead._client.wait_for_job(job["id"], True)
    url = f"{salesforce.base_url}jobs/query/{job['id']}/results"
    whole = salesforce.session.get(url, headers=salesforce.headers).content
    break_calls(live_organisation, {"truncate_at": 1000, "identity": True})
    with salesforce.session.get(url, headers=salesforce.headers) as reply:
        assert "Content-Encoding" not in reply.headers
        assert reply.content == whole[:1000]


def test_body_comes_slowly_and_whole_when_it_drips(live_organisation, salesforce):
    url = f"{salesforce.base_url}sobjects"
    headers = {**salesforce.headers, "Accept-Encoding": "identity"}
    whole = salesforce.session.get(url, headers=headers).content
    drip = {"bytes": max(len(whole) // 4, 1), "seconds": 0.05}
    break_calls(live_organisation, {"drip": drip}, match={"path": "/sobjects"})
    started = time.monotonic()
    assert salesforce.session.get(url, headers=headers).content == whole
    assert time.monotonic() - started >= 3 * drip["seconds"]


def test_page_of_maintenance_takes_the_place_of_the_answer(live_organisation, salesforce):
    break_calls(live_organisation, {"maintenance": True})
    reply = salesforce.session.get(f"{salesforce.base_url}limits", headers=salesforce.headers)
    assert reply.status_code == 503
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "maintenance" in reply.text


def test_error_code_is_answered_in_the_shape_of_the_api(live_organisation, salesforce):
    action = {"code": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}
    break_calls(live_organisation, action)
    reply = salesforce.session.get(f"{salesforce.base_url}limits", headers=salesforce.headers)
    assert reply.status_code == 403
    assert reply.json() == [
        {"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}
    ]
    with pytest.raises(SalesforceAuthenticationFailed, match="TotalRequests Limit exceeded"):
        live_organisation.login()


def test_session_ends_in_the_middle_when_a_rule_says_so(live_organisation):
    client = live_organisation.client()
    action = {"do": [["expire-sessions", {}]], "delay_seconds": 0}
    break_calls(live_organisation, action, match={"path": "/limits"}, nth=2)
    assert client.limits()
    with pytest.raises(SalesforceExpiredSession):
        client.limits()
    assert live_organisation.client().limits()


def test_rule_with_an_unknown_control_call_is_refused(live_organisation):
    rule = {"action": {"do": [["explode", {}]]}}
    url = f"{live_organisation.url}/__control__/faults"
    reply = live_organisation.session().post(url, json=[rule])
    assert reply.status_code == 400
    assert reply.json()[0]["message"] == "rule 1: the control endpoint has no explode"


def test_script_given_at_the_start_breaks_calls_without_a_control_endpoint(
    start_organisation, tmp_path
):
    script = tmp_path / "faults.json"
    script.write_text('{"rules": [{"match": {"path": "/limits"}, "action": {"status": 502}}]}')
    organisation = start_organisation("--seed", "leads:1", "--faults", str(script))
    client = organisation.client()
    reply = client.session.get(f"{client.base_url}limits", headers=client.headers)
    assert reply.status_code == 502
    assert client.session.get(f"{organisation.url}/__control__/faults").status_code == 404


def test_start_fails_with_a_sentence_when_the_script_is_wrong(start_organisation, tmp_path):
    script = tmp_path / "faults.json"
    script.write_text('[{"action": {"explode": 1}}]')
    organisation = start_organisation("--seed", "leads:1", "--faults", str(script))
    assert organisation.process.wait(timeout=20) == 2
    assert organisation.ready == {}


def test_work_is_done_when_only_the_reply_is_lost(live_organisation, salesforce):
    rule = {"method": "POST", "path": "/sobjects/Lead"}
    break_calls(live_organisation, {"lose_reply": True}, match=rule, nth=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        salesforce.Lead.create({"LastName": "Lost reply", "Company": "C"})
    found = salesforce.query("SELECT Id FROM Lead WHERE LastName = 'Lost reply'")
    assert found["totalSize"] == 1
    salesforce.Lead.delete(found["records"][0]["Id"])


def test_answer_is_late_when_the_rule_delays_it(live_organisation, salesforce):
    break_calls(live_organisation, {"delay_seconds": 30}, match={"path": "/limits"})
    with pytest.raises(requests.exceptions.ReadTimeout):
        salesforce.limits(timeout=0.2)


def test_sessions_end_when_they_are_expired_from_outside(live_organisation):
    client = live_organisation.client()
    assert client.limits()
    live_organisation.control("expire-sessions", {})
    with pytest.raises(SalesforceExpiredSession):
        client.limits()
    assert live_organisation.client().limits()


def test_calls_are_counted_by_resource(live_organisation, salesforce):
    live_organisation.session().delete(f"{live_organisation.url}/__control__/calls")
    salesforce.limits()
    salesforce.query("SELECT Id FROM Lead LIMIT 1")
    calls = live_organisation.control("calls")
    counts = {k: n for k, n in calls["counts"].items() if "__control__" not in k}
    assert sorted(counts.values()) == [1, 1]
    assert calls["counted"] == 2
    assert any(key.endswith("/limits") for key in counts)
    query = next(call for call in calls["calls"] if call["path"].endswith("/query/"))
    assert (query["method"], query["status"]) == ("GET", 200)


def test_clock_moves_the_stamps_of_records(live_organisation, salesforce):
    sooner = salesforce.Lead.create({"LastName": "Now", "Company": "C"})["id"]
    live_organisation.control("clock", {"shift_seconds": 3600})
    try:
        later = salesforce.Lead.create({"LastName": "Later", "Company": "C"})["id"]
    finally:
        live_organisation.control("clock", {"shift_seconds": -3600})
    first, second = (
        datetime.fromisoformat(salesforce.Lead.get(each)["CreatedDate"]) for each in (sooner, later)
    )
    assert timedelta(minutes=59) < second - first < timedelta(minutes=61)
    for record_id in (sooner, later):
        salesforce.Lead.delete(record_id)


def test_session_ends_when_its_time_is_over(live_organisation):
    client = live_organisation.client()
    live_organisation.control("clock", {"shift_seconds": 86_400})
    try:
        with pytest.raises(SalesforceExpiredSession):
            client.limits()
    finally:
        live_organisation.control("clock", {"shift_seconds": -86_400})


def test_rules_are_refused_when_they_make_no_sense(live_organisation):
    url = f"{live_organisation.url}/__control__/faults"
    for rules in ([{"action": {"explode": 1}}], [{}], [{"action": {}, "match": {"path": "("}}]):
        reply = live_organisation.session().post(url, json=rules)
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_FAULT_SCRIPT")


def test_request_log_has_neither_queries_nor_secrets(live_organisation, salesforce):
    salesforce.query("SELECT Id FROM Lead WHERE Email = 'secret.person@acme.example'")
    text = (Path(live_organisation.ready["data"]) / "requests.log").read_text()
    assert "/services/data/v60.0/query/" in text
    for secret in ("secret.person", salesforce.session_id, live_organisation.ready["password"]):
        assert secret not in text
