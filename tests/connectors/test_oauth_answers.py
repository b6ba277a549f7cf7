"""Everything that may be wrong with what a browser brings back from Salesforce (T5)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from acton_connector.accounts.models import Membership, Role
from acton_connector.accounts.scope import account_scope
from connectors.models import AuthorizationRequest, Connection, ConnectionState
from connectors.selectors import find_connection
from tests.connectors.oauth_way import CALLBACK, REFUSED, begin, come_back, text_of
from tests.factories import AccountFactory, MembershipFactory
from tests.oauth_kit import OrgApp, allow, token_calls


@pytest.fixture
def client(administrator, client_of):
    return client_of(administrator)


def changed(**changes):
    """Return what changes a callback's parameters; None leaves one out."""
    return lambda answer: {k: v for k, v in {**answer, **changes}.items() if v is not None}


NOT_OURS = [
    pytest.param(changed(state=None), id="no state"),
    pytest.param(changed(state=""), id="empty state"),
    pytest.param(changed(state="x" * 43), id="another state"),
    pytest.param(lambda answer: {**answer, "state": answer["state"][:-1]}, id="shortened state"),
    pytest.param(lambda answer: {**answer, "state": answer["state"] + "x"}, id="longer state"),
    pytest.param(lambda answer: {**answer, "state": answer["state"].swapcase()}, id="case"),
    pytest.param(changed(state="é"), id="state that is no ASCII"),
    pytest.param(changed(state=None, error="access_denied"), id="error without a state"),
    pytest.param(changed(state="x", code=None, error="access_denied"), id="error, another state"),
]


@pytest.mark.threat("T5")
@pytest.mark.parametrize("tamper", NOT_OURS)
def test_answer_without_the_state_of_this_browser_is_refused_and_the_state_is_used_up(
    client, app, org, tamper
):
    answer = allow(org, begin(client, app))

    page = come_back(client, tamper(answer))

    assert page.status_code == 400
    assert REFUSED in text_of(page)
    assert come_back(client, answer).status_code == 400
    assert token_calls(org) == []
    assert not Connection.objects.exists()


@pytest.mark.threat("T5")
def test_state_of_another_browser_is_refused(client, app, org, administrator, client_of):
    """An attacker's code must not connect the victim's account to the attacker's organisation."""
    attackers = allow(org, begin(client_of(administrator), app))
    begin(client, app)

    page = come_back(client, attackers)

    assert page.status_code == 400
    assert token_calls(org) == []
    assert not Connection.objects.exists()


@pytest.mark.threat("T5")
def test_state_is_good_once(client, app, org):
    answer = allow(org, begin(client, app))
    come_back(client, answer)
    org.forget_calls()

    page = come_back(client, answer)

    assert page.status_code == 400
    assert token_calls(org) == []
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.threat("T5")
@pytest.mark.django_db(transaction=True)
def test_code_is_traded_once_when_one_answer_comes_several_times_at_once(
    account, administrator, app, org, client_of
):
    client = client_of(administrator)
    answer = allow(org, begin(client, app))
    start = threading.Barrier(3)

    def arrive(_number):
        twin = client_of(None)
        twin.cookies = client.cookies
        try:
            start.wait(timeout=10)
            return come_back(twin, answer).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as browsers:
        statuses = list(browsers.map(arrive, range(3)))

    assert token_calls(org) == [200]
    assert set(statuses) <= {302, 400}
    assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.threat("T5")
def test_earlier_way_is_void_when_another_one_was_begun(client, app, org):
    first = allow(org, begin(client, app))
    second = begin(client, app)

    assert come_back(client, first).status_code == 400
    assert come_back(client, allow(org, second)).status_code == 400  # the state is used up
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_way_that_took_too_long_is_refused_with_a_sentence(client, app, org):
    answer = allow(org, begin(client, app))
    AuthorizationRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    page = come_back(client, answer, follow=True)

    assert "was taken before, or took too long. Start again." in text_of(page)
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_answer_is_refused_when_another_person_has_logged_in_since(
    client, account, app, org, administrator
):
    answer = allow(org, begin(client, app))
    client.force_login(MembershipFactory(account=account, role=Role.ADMINISTRATOR).user)

    assert come_back(client, answer).status_code == 400
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_request_of_another_person_is_not_taken(client, account, app, org, client_of):
    """Even where the session says so: the request's row knows whose it is."""
    answer = allow(org, begin(client, app))
    other = MembershipFactory(account=account, role=Role.ADMINISTRATOR).user
    AuthorizationRequest.objects.update(user=other)

    page = come_back(client, answer, follow=True)

    assert "was taken before" in text_of(page)
    assert token_calls(org) == []


@pytest.mark.threat("T5", "T1")
def test_answer_connects_the_account_where_it_was_begun_and_no_other(
    client, app, org, administrator
):
    other = AccountFactory(slug="second")
    MembershipFactory(account=other, user=administrator, role=Role.ADMINISTRATOR)
    answer = allow(org, begin(client, app, account="second"))

    page = come_back(client, answer)

    assert page.url == reverse("salesforce_connection", args=["second"])
    assert not Connection.objects.exists()
    with account_scope(other):
        assert find_connection().state == ConnectionState.CONNECTED


@pytest.mark.threat("T5", "T1")
@pytest.mark.parametrize("role", [Role.MARKETER, None])
def test_answer_is_refused_when_the_person_is_no_administrator_any_more(
    client, app, org, administrator, role
):
    answer = allow(org, begin(client, app))
    members = Membership.objects.filter(user=administrator)
    members.update(role=role) if role else members.delete()

    assert come_back(client, answer).status_code == (403 if role else 404)
    assert token_calls(org) == []


@pytest.mark.threat("T5")
def test_visitor_without_a_log_in_is_asked_to_log_in_and_nothing_is_traded(
    client, app, org, client_of
):
    answer = allow(org, begin(client, app))

    assert come_back(client_of(None), answer).status_code == 302
    assert token_calls(org) == []


@pytest.mark.threat("T5", "T9")
@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_callback_answers_to_get_alone_and_keeps_the_state(client, app, org, method):
    answer = allow(org, begin(client, app))

    assert client.generic(method, f"{CALLBACK}?{urlencode(answer)}").status_code == 405
    assert token_calls(org) == []
    assert come_back(client, answer).status_code == 302


WRONG_ANSWERS = [
    pytest.param(changed(code=None), "Salesforce sent no code along.", id="no code"),
    pytest.param(changed(code=""), "Salesforce sent no code along.", id="empty code"),
    pytest.param(changed(iss="https://login.salesforce.com"), "another address", id="wrong issuer"),
    pytest.param(changed(iss=""), "another address", id="empty issuer"),
    pytest.param(changed(iss="https://evil.example"), "another address", id="foreign issuer"),
    pytest.param(
        changed(error="access_denied", error_description="end-user denied authorization"),
        "end-user denied authorization. Start again, and choose Allow",
        id="denied, with a code",
    ),
    pytest.param(
        changed(code=None, error="OAUTH_APP_BLOCKED", error_description="blocked by admin"),
        "blocked by admin. An administrator of Salesforce has blocked",
        id="blocked",
        marks=pytest.mark.fault("F10"),
    ),
    pytest.param(
        changed(code=None, error="<script>alert(1)</script>"),
        "<script>alert(1)</script>.",
        id="XSS",
    ),
]


@pytest.mark.threat("T5")
@pytest.mark.parametrize(("tamper", "sentence"), WRONG_ANSWERS)
def test_answer_that_is_no_good_is_told_and_nothing_is_traded(client, app, org, tamper, sentence):
    answer = allow(org, begin(client, app))

    page = come_back(client, tamper(answer), follow=True)

    assert "Salesforce was not connected: " in text_of(page)
    assert sentence in text_of(page)
    assert b"<script>alert" not in page.content
    assert token_calls(org) == []
    assert not Connection.objects.exists()
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.threat("T5")
def test_issuer_that_was_asked_is_taken(client, app, org):
    answer = {**allow(org, begin(client, app)), "iss": org.url}

    come_back(client, answer)

    assert find_connection().state == ConnectionState.CONNECTED


def swap_verifier(_app, _settings):
    request = AuthorizationRequest.objects.get()
    request.code_verifier = "x" * 64
    request.save()


def swap_secret(_app, _settings):
    request = AuthorizationRequest.objects.get()
    request.consumer_secret = "another one"
    request.save()


def swap_app(app, _settings):
    other = OrgApp(app.org)
    request = AuthorizationRequest.objects.get()
    request.consumer_key, request.consumer_secret = other.key, other.secret
    request.save()


def swap_callback(_app, settings):
    settings.PUBLIC_BASE_URL = "http://localhost:8000"


SWAPPED = [
    pytest.param(swap_verifier, "invalid code verifier", id="another verifier"),
    pytest.param(swap_secret, "invalid client credentials", id="another secret"),
    pytest.param(swap_app, "invalid authorization code", id="another app's code"),
    pytest.param(swap_callback, "redirect_uri must match configuration", id="another callback"),
    pytest.param(lambda app, _: app.change(blocked=True), "blocked by admin", id="blocked since"),
    pytest.param(lambda app, _: app.remove(), "client identifier invalid", id="gone since"),
]


@pytest.mark.threat("T5")
@pytest.mark.parametrize(("swap", "words"), SWAPPED)
def test_code_is_refused_once_when_what_belongs_to_it_is_swapped(
    client, app, org, settings, swap, words
):
    answer = allow(org, begin(client, app))
    swap(app, settings)

    page = come_back(client, answer, follow=True)

    assert words in text_of(page)
    assert token_calls(org) == [400]
    assert not Connection.objects.exists()


@pytest.mark.threat("T5")
def test_stolen_code_is_of_no_use_without_the_verifier(client, app, org, administrator):
    """Someone who reads the callback's address has neither the verifier nor our session."""
    answer = allow(org, begin(client, app))
    own_way = begin(client, app)  # as the thief would: another verifier, a state of its own
    state = parse_qs(urlsplit(own_way).query)["state"][0]
    page = come_back(client, {"code": answer["code"], "state": state}, follow=True)

    assert "invalid code verifier" in text_of(page)
    assert not Connection.objects.exists()
