"""A run meets OAuth's faults in the middle of a long pull: by an app whose tokens rotate."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.urls import reverse

from acton_connector.accounts.scope import account_scope
from connectors.clients import open_client
from connectors.models import Connection, ConnectionState
from sync.models import RunState
from tests.oauth_kit import TOKEN_PATH, OrgApp, token_calls
from tests.processes import wait_until
from tests.sync.faults.conftest import RESULTS

pytestmark = [pytest.mark.scenario, pytest.mark.one_engine]


@pytest.fixture
def app(in_step):
    """The account's connection goes over to an app; the calls so far are forgotten."""
    app = OrgApp(in_step.org)
    app.connect(in_step.sync.account, in_step.sync.actor)
    in_step.start_over()
    return app


@pytest.mark.fault("F1")
def test_an_access_token_that_expires_between_two_pages_is_refreshed_and_nobody_notices(
    in_step, app
):
    before = Connection.objects.get().refresh_token
    in_step.break_second_page()

    run = in_step.run()

    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    assert (token_calls(in_step.org), in_step.logins()) == ([200], 0)
    assert run.records_read == run.records_unchanged == len(in_step.before)
    assert Connection.objects.get().refresh_token != before
    in_step.assert_nothing_is_lost()
    in_step.org.mend()
    in_step.start_over()
    in_step.org.expire_sessions()
    in_step.assert_succeeds(in_step.run())
    assert token_calls(in_step.org) == [200]


@pytest.mark.fault("F3")
def test_a_page_that_needs_a_session_at_the_same_moment_takes_the_one_of_the_run(in_step, app):
    """Both are refused at once; used by both, the rotating token would end everything."""
    org = in_step.org
    second_page = {"match": {"path": RESULTS}, "nth": 2}
    org.faults(
        [
            {"match": {"path": TOKEN_PATH}, "action": {"delay_seconds": 1}},
            {**second_page, "action": {"do": [["expire-sessions", {}]]}},
        ]
    )

    def page():
        try:
            with (
                account_scope(in_step.sync.account),
                open_client(Connection.objects.get()) as other,
            ):
                wait_until(is_being_renewed, seconds=30)
                return other.get("limits")["DailyApiRequests"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as beside:
        limits = beside.submit(page)
        run = in_step.run()
        assert limits.result(timeout=60)

    assert token_calls(org) == [200]
    assert (run.state, run.message) == (RunState.SUCCEEDED, "")
    in_step.assert_nothing_is_lost()


def is_being_renewed():
    return Connection.objects.get().renewal_expires_at is not None


@pytest.mark.fault("F2")
def test_a_revoked_refresh_token_pauses_until_a_person_allows_access_again(in_step, app, reopen):
    org = in_step.org
    in_step.break_second_page(["revoke-approvals", {"username": org.username}])

    run = in_step.run()

    assert token_calls(org) == [400]
    in_step.assert_paused(run, "invalid_grant", logins=0)
    org.mend()
    connection = app.connect(in_step.sync.account, in_step.sync.actor)
    assert connection.state == ConnectionState.CONNECTED
    in_step.assert_succeeds(in_step.run_what_waited())


@pytest.mark.fault("F10")
def test_a_blocked_app_pauses_until_it_is_let_in_again(in_step, app):
    in_step.break_second_page(["apps", {"client_id": app.key, "blocked": True}])

    run = in_step.run()

    assert token_calls(in_step.org) == [400]
    in_step.assert_paused(run, "invalid_app_access", logins=0)
    app.change(blocked=False)
    in_step.assert_heals()


@pytest.mark.fault("F10")
def test_an_uninstalled_app_pauses_until_another_one_is_entered(in_step, app):
    app.remove()

    run = in_step.run()

    assert token_calls(in_step.org) == [400]
    in_step.assert_paused(run, "invalid_client_id", logins=0)
    OrgApp(in_step.org).connect(in_step.sync.account, in_step.sync.actor)
    in_step.assert_succeeds(in_step.run_what_waited())


@pytest.mark.fault("F9")
def test_a_password_that_is_not_taken_any_more_gives_way_to_an_app(in_step, reopen):
    in_step.break_second_page(["policies", {"soap_login_enabled": False}])

    run = in_step.run()

    in_step.assert_paused(run, "INVALID_OPERATION", logins=1)
    page = in_step.client.get(reverse("salesforce_connection", args=["example"])).content.decode()
    assert (
        f'href="{reverse("salesforce_oauth", args=["example"])}">Connect with Salesforce<' in page
    )
    in_step.org.mend()
    OrgApp(in_step.org).connect(in_step.sync.account, in_step.sync.actor)
    run = in_step.run_what_waited()
    assert (Connection.objects.get().password, in_step.logins()) == ("", 0)
    reopen()
    in_step.assert_succeeds(run)
