"""A run meets a log-in that Salesforce refuses, in the middle of a long pull."""

import pytest

from connectors.credentials import Credentials
from connectors.models import Connection, ConnectionState
from connectors.services import update_credentials
from sync.models import FailureReason, RunState
from tests.sync.faults.conftest import RESULTS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


@pytest.mark.fault("F1")
def test_a_session_that_ends_between_two_pages_is_renewed_once_and_nobody_notices(in_step):
    in_step.break_second_page()

    run = in_step.run()

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert in_step.logins() == 1
    assert run.records_read == run.records_unchanged == len(in_step.before)
    pages = [c["status"] for c in in_step.org.calls() if c["path"].endswith("/results")]
    assert pages.count(401) == 1
    in_step.assert_nothing_is_lost()


@pytest.mark.fault("F1")
def test_a_fresh_session_that_is_refused_too_pauses_after_one_log_in(in_step):
    body = '[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]'
    headers = {"Content-Type": "application/json"}
    in_step.org.fault(RESULTS, status=401, body=body, headers=headers)

    run = in_step.run()

    in_step.assert_paused(run, "INVALID_SESSION_ID", logins=1)
    in_step.assert_heals()


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

BARRED = [
    pytest.param("policies", {"locked": True}, "ORG_LOCKED", id="organisation locked"),
    pytest.param(
        "users", {"frozen": True}, "INVALID_LOGIN", marks=pytest.mark.fault("F6"), id="user frozen"
    ),
    pytest.param(
        "users", {"active": False}, "INVALID_LOGIN", marks=pytest.mark.fault("F6"), id="inactive"
    ),
    pytest.param(
        "users", {"locked": True}, "PASSWORD_LOCKOUT", marks=pytest.mark.fault("F6"), id="locked"
    ),
    pytest.param(
        "users",
        {"password_expired": True},
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        marks=pytest.mark.fault("F5"),
        id="password expired",
    ),
    pytest.param(
        "profiles",
        {"login_ip_ranges": ["10.0.0.1-10.0.0.9"]},
        "LOGIN_DURING_RESTRICTED_DOMAIN",
        marks=pytest.mark.fault("F7"),
        id="IP ranges",
    ),
    pytest.param(
        "policies",
        {"any_api_auth_required": True},
        "INSUFFICIENT_ACCESS",
        marks=pytest.mark.fault("F8"),
        id="Use Any API Auth",
    ),
    pytest.param(
        "policies",
        {"soap_login_enabled": False},
        "INVALID_OPERATION",
        marks=pytest.mark.fault("F9"),
        id="SOAP log-in switched off",
    ),
    pytest.param(
        "policies",
        {"api_enabled": False},
        "API_DISABLED_FOR_ORG",
        marks=pytest.mark.fault("F11"),
        id="no API",
    ),
    pytest.param(
        "policies",
        {"oldest_api_version": 65},
        "UNSUPPORTED_API_VERSION",
        marks=pytest.mark.fault("F14"),
        id="version retired",
    ),
]


@pytest.mark.parametrize(("call", "change", "code"), BARRED)
def test_what_bars_the_user_in_the_middle_of_a_pull_pauses_after_one_log_in(
    in_step, reopen, call, change, code
):
    whom = {
        "users": {"username": in_step.org.username},
        "profiles": {"profile": "System Administrator"},
    }
    in_step.break_second_page([call, {**whom.get(call, {}), **change}])

    run = in_step.run()

    tried = 0 if code == "UNSUPPORTED_API_VERSION" else 1
    in_step.assert_paused(run, code, logins=tried)
    reopen()
    in_step.assert_heals()


@pytest.mark.fault("F4")
def test_a_session_that_is_revoked_and_credentials_that_changed_pause_until_new_ones_are_entered(
    in_step, reopen
):
    org = in_step.org
    in_step.break_second_page(["users", {"username": org.username, "reset_security_token": True}])

    run = in_step.run()

    in_step.assert_paused(run, "INVALID_LOGIN", logins=1)
    org.mend()
    new = org.control("POST", "users", {"username": org.username})
    connection = update_credentials(
        connection=Connection.objects.get(),
        credentials=Credentials(org.host, org.username, org.password, new["security_token"]),
        actor=in_step.sync.actor,
    )
    assert connection.state == ConnectionState.CONNECTED
    run = in_step.run_what_waited()
    reopen()
    in_step.assert_succeeds(run)


@pytest.mark.fault("F7")
def test_login_hours_end_the_run_and_the_next_slot_tries_again(in_step, reopen):
    closed = {f"{day}{end}": 0 for day in DAYS for end in ("Start", "End")}
    in_step.break_second_page(
        ["profiles", {"profile": "System Administrator", "login_hours": closed}]
    )

    run = in_step.run()

    assert (run.state, run.failure_code) == (RunState.FAILED, "LOGIN_DURING_RESTRICTED_TIME")
    assert run.failure_reason == FailureReason.PERMANENT
    assert Connection.objects.get().state == ConnectionState.CONNECTED
    assert in_step.logins() == 1
    assert "Widen the login hours" in in_step.page_of(run)
    in_step.assert_nothing_is_lost()
    reopen()
    in_step.org.mend()
    in_step.assert_succeeds(in_step.run())


@pytest.mark.fault("F13")
def test_an_organisation_that_moves_to_an_allowed_host_goes_on_there(in_step, reopen, settings):
    port = in_step.org.host.rpartition(":")[2]
    settings.SALESFORCE_EXTRA_LOGIN_HOSTS = [in_step.org.host, f"127.0.0.1:{port}"]
    in_step.break_second_page(["policies", {"instance_url": f"https://127.0.0.1:{port}"}])

    run = in_step.run()

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert Connection.objects.get().instance_host == f"127.0.0.1:{port}"
    assert run.records_read == len(in_step.before)
    in_step.assert_nothing_is_lost()


@pytest.mark.fault("F13")
def test_an_organisation_that_moves_to_a_foreign_host_pauses_and_nothing_is_sent_there(
    in_step, reopen
):
    port = in_step.org.host.rpartition(":")[2]
    in_step.break_second_page(["policies", {"instance_url": f"https://127.0.0.1:{port}"}])

    run = in_step.run()

    in_step.assert_paused(run, "HOST_NOT_ALLOWED", logins=1)
    reopen()
    in_step.assert_heals()
