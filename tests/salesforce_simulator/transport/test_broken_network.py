"""Faults as a client sees them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceGeneralError


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
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_FAULT_RULE")


def test_request_log_has_neither_queries_nor_secrets(live_organisation, salesforce):
    salesforce.query("SELECT Id FROM Lead WHERE Email = 'secret.person@acme.example'")
    text = (Path(live_organisation.ready["data"]) / "requests.log").read_text()
    assert "/services/data/v60.0/query/" in text
    for secret in ("secret.person", salesforce.session_id, live_organisation.ready["password"]):
        assert secret not in text
