"""From Salesforce's codes to errors, with a sentence for the reader."""

import json
import os
from pathlib import Path

import orjson
import pytest

from connectors.salesforce import (
    AccessError,
    AuthenticationError,
    ConcurrencyError,
    ConvertedLeadError,
    DeletedRecordError,
    DuplicateError,
    LimitError,
    LoginHoursError,
    MultipleMatchesError,
    NotFoundError,
    ProtocolError,
    RecordError,
    ResultsExpiredError,
    RowLockError,
    SalesforceError,
    SchemaError,
    ServerError,
    StorageLimitError,
    TooLargeError,
    TransientError,
    VersionError,
    error_from_code,
)
from connectors.salesforce.error_rules import row_error
from tests.connectors.salesforce.conftest import answer

RECORDED = Path(__file__).parents[4] / "shared/salesforce/recordings/errors/real-messages.json"

RETRYABLE = {TransientError, ServerError, RowLockError, ResultsExpiredError}
PAUSING = {AuthenticationError, AccessError, VersionError}


def meaning(code, kind, *faults):
    marks = [pytest.mark.fault(*faults)] if faults else []
    return pytest.param(code, kind, marks=marks, id=code)


MEANINGS = [
    meaning("INVALID_LOGIN", AuthenticationError, "F4"),
    meaning("LOGIN_MUST_USE_SECURITY_TOKEN", AuthenticationError, "F4"),
    meaning("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", AuthenticationError, "F5"),
    meaning("inactive_user", AuthenticationError, "F6"),
    meaning("PASSWORD_LOCKOUT", AuthenticationError, "F6"),
    meaning("LOGIN_DURING_RESTRICTED_DOMAIN", AuthenticationError, "F7"),
    meaning("LOGIN_DURING_RESTRICTED_TIME", LoginHoursError, "F7"),
    meaning("INSUFFICIENT_ACCESS", AccessError, "F8"),
    meaning("INVALID_OPERATION", AuthenticationError, "F9"),
    meaning("API_DISABLED_FOR_ORG", AccessError, "F11"),
    meaning("API_CURRENTLY_DISABLED", AccessError, "F11"),
    meaning("UNSUPPORTED_API_VERSION", VersionError, "F14"),
    meaning("REQUEST_LIMIT_EXCEEDED", LimitError, "F15"),
    meaning("EXCEEDEDQUOTA", LimitError, "F17"),
    meaning("STORAGE_LIMIT_EXCEEDED", StorageLimitError, "F18"),
    meaning("SERVER_UNAVAILABLE", TransientError, "F19"),
    meaning("UNKNOWN_EXCEPTION", ServerError, "F20"),
    meaning("QUERY_TIMEOUT", TooLargeError, "F21"),
    meaning("OPERATION_TOO_LARGE", TooLargeError, "F21"),
    meaning("UNABLE_TO_LOCK_ROW", RowLockError, "F24"),
    meaning("DUPLICATES_DETECTED", DuplicateError, "F25"),
    meaning("DUPLICATE_VALUE", DuplicateError, "F26"),
    meaning("FIELD_CUSTOM_VALIDATION_EXCEPTION", RecordError, "F28"),
    meaning("REQUIRED_FIELD_MISSING", RecordError, "F29"),
    meaning("STRING_TOO_LONG", RecordError, "F30"),
    meaning("INVALID_EMAIL_ADDRESS", RecordError, "F31"),
    meaning("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", RecordError, "F32"),
    meaning("INVALID_FIELD", SchemaError, "F33"),
    meaning("INVALID_FIELD_FOR_INSERT_UPDATE", SchemaError, "F35"),
    meaning("INVALID_TYPE", SchemaError, "F36"),
    meaning("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", RecordError, "F39"),
    meaning("CANNOT_UPDATE_CONVERTED_LEAD", ConvertedLeadError, "F40"),
    meaning("ENTITY_IS_DELETED", DeletedRecordError, "F41", "F42"),
    meaning("INACTIVE_OWNER_OR_USER", RecordError, "F44"),
    meaning("INVALID_CROSS_REFERENCE_KEY", RecordError, "F45"),
    meaning("INVALID_QUERY_LOCATOR", ResultsExpiredError, "F65"),
    meaning("NOT_FOUND", NotFoundError),
]


@pytest.mark.parametrize(("code", "kind"), MEANINGS)
def test_code_becomes_its_error_when_salesforce_names_it(code, kind):
    error = error_from_code(code, "Salesforce's words", fields=["Email"], status=400)

    assert type(error) is kind
    assert error.retryable == (kind in RETRYABLE)
    assert error.pauses_connection == (kind in PAUSING)
    assert (error.code, error.message, error.fields) == (code, "Salesforce's words", ("Email",))
    assert error.advice.endswith(".")
    assert str(error) == f"{code}: Salesforce's words"


@pytest.mark.fault("F16")
def test_limit_is_passing_when_it_is_the_one_of_concurrent_requests():
    text = "ConcurrentPerOrgLongTxn Limit exceeded."

    assert type(error_from_code("REQUEST_LIMIT_EXCEEDED", text)) is ConcurrencyError


def test_unknown_code_sets_a_record_aside_but_ends_a_call():
    assert type(row_error("NEW_IN_2030", "x")) is RecordError
    assert type(error_from_code("NEW_IN_2030", "x")) is SalesforceError


def recorded_answers():
    if not RECORDED.exists():
        return []
    samples = json.loads(RECORDED.read_text())
    return [
        sample
        for sample in samples
        if isinstance(sample.get("status"), int) and isinstance(sample.get("body"), list)
    ]


@pytest.mark.skipif(
    not RECORDED.exists() and os.environ.get("CI", "").lower() != "true",
    reason="the recordings of real answers are not on this machine",
)
def test_recorded_answers_become_known_errors_when_they_arrive(peer):
    samples = recorded_answers()
    assert samples
    for sample in samples:
        peer.will(answer(orjson.dumps(sample["body"]), sample["status"]))
        with peer.client() as client, pytest.raises(SalesforceError) as caught:
            client.send("POST", "sobjects/Lead", {}, idempotent=False)

        assert caught.value.code == sample["body"][0]["errorCode"]
        assert caught.value.message == sample["body"][0]["message"]
        assert type(caught.value) is not SalesforceError


@pytest.mark.fault("F27")
def test_several_matches_are_an_error_of_the_record(peer):
    peer.will(answer(b'["/services/data/v64.0/sobjects/Lead/1"]', 300))

    with peer.client() as client, pytest.raises(MultipleMatchesError) as caught:
        client.get("sobjects/Lead/ActOn_Record_Id__c/x")

    assert isinstance(caught.value, RecordError)


@pytest.mark.fault("F22")
@pytest.mark.parametrize("status", [414, 431])
def test_too_long_request_is_to_be_divided_when_the_edge_refuses_it(peer, status):
    peer.will(answer(b"", status, "text/html"))

    with peer.client() as client, pytest.raises(TooLargeError):
        client.get("query/", {"q": "SELECT Id FROM Lead"})


@pytest.mark.parametrize("status", [400, 409, 412, 418])
def test_error_page_of_a_proxy_is_not_taken_for_salesforces(peer, status):
    peer.will(answer(b"<html><script>alert(1)</script>", status, "text/html"))

    with peer.client() as client, pytest.raises(ProtocolError) as caught:
        client.get("limits")

    assert "<" not in caught.value.message


def test_session_is_not_renewed_when_the_edge_forbids_the_address(peer):
    renewals = []
    peer.will(answer(b"<html>Forbidden</html>", 403, "text/html"))

    with peer.client(renewals.append) as client, pytest.raises(AccessError):
        client.get("limits")

    assert renewals == []


def test_all_reasons_are_kept_when_several_rules_refuse_a_record(peer):
    body = [
        {"errorCode": "REQUIRED_FIELD_MISSING", "message": "First", "fields": ["LastName"]},
        {"errorCode": "STRING_TOO_LONG", "message": "Second", "fields": ["City"]},
    ]
    peer.will(answer(orjson.dumps(body), 400))

    with peer.client() as client, pytest.raises(RecordError) as caught:
        client.send("POST", "sobjects/Lead", {}, idempotent=False)

    assert caught.value.message == "First; Second"
    assert caught.value.fields == ("LastName", "City")
