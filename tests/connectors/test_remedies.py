"""Every reason for which a connection pauses has one button, and it is the right one."""

import pytest
from django.urls import reverse

from connectors.models import ConnectionState
from connectors.remedies import ALLOW_AGAIN, ENTER_ANEW, LOOK_AGAIN, USE_AN_APP, find_remedy
from connectors.salesforce.error_rules import _RULES
from connectors.salesforce.errors import HostError
from tests.factories import ConnectionFactory

ENTERED_ANEW = {
    "INVALID_LOGIN",
    "LOGIN_MUST_USE_SECURITY_TOKEN",
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
    "INVALID_SESSION_ID",
    "ORGANISATION_CHANGED",
    "HOST_NOT_ALLOWED",
    "INVALID_CLIENT",
    "INVALID_CLIENT_ID",
    "OAUTH_EC_APP_NOT_FOUND",
}
ALLOWED_AGAIN = {"INVALID_GRANT"}
PASSWORD_NO_MORE = {"INVALID_OPERATION", "LOGIN_RETIRED"}
MENDED_ELSEWHERE = {
    "USER_LOCKED_OUT",
    "PASSWORD_LOCKOUT",
    "INACTIVE_USER",
    "LOGIN_DURING_RESTRICTED_DOMAIN",
    "ORG_LOCKED",
    "INACTIVE_ORG",
    "INSUFFICIENT_ACCESS",
    "API_DISABLED_FOR_ORG",
    "API_CURRENTLY_DISABLED",
    "FORBIDDEN",
    "FUNCTIONALITY_NOT_ENABLED",
    "TXN_SECURITY_NO_ACCESS",
    "UNSUPPORTED_API_VERSION",
    "INVALID_VERSION",
    "INVALID_APP_ACCESS",
    "OAUTH_APP_BLOCKED",
    "OAUTH_APP_ACCESS_DENIED",
    "UNREADABLE_SECRETS",
}
ALL = ENTERED_ANEW | MENDED_ELSEWHERE | ALLOWED_AGAIN | PASSWORD_NO_MORE
OURS = {"ORGANISATION_CHANGED", "HOST_NOT_ALLOWED", "UNREADABLE_SECRETS"}


def test_every_code_that_pauses_a_connection_is_decided_here():
    pausing = {
        code
        for code, rule in _RULES.items()
        if rule.error.pauses_connection or issubclass(rule.error, HostError)
    }

    assert pausing | OURS == ALL


@pytest.mark.parametrize("code", sorted(ENTERED_ANEW))
def test_what_was_entered_is_entered_anew(code):
    assert find_remedy(code) == ENTER_ANEW


@pytest.mark.parametrize("code", sorted(MENDED_ELSEWHERE))
def test_what_is_mended_elsewhere_is_looked_at_again(code):
    assert find_remedy(code) == LOOK_AGAIN


@pytest.mark.fault("F2")
@pytest.mark.parametrize("code", ["INVALID_GRANT", "invalid_grant"])
def test_access_that_has_ended_is_allowed_again(code):
    assert find_remedy(code) == ALLOW_AGAIN


@pytest.mark.fault("F9")
@pytest.mark.parametrize("code", sorted(PASSWORD_NO_MORE))
def test_an_app_takes_the_place_of_a_password_that_salesforce_does_not_take(code):
    assert find_remedy(code) == USE_AN_APP


def test_a_code_that_nobody_knows_leads_to_the_form_that_always_helps():
    assert find_remedy("SOMETHING_NEW") == ENTER_ANEW


PAGES = ["salesforce_connection", "marketing_lists"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("code", sorted(ALL))
def test_pages_of_a_paused_connection_have_one_sentence_and_one_button_for_it(
    account, administrator, client_of, code, page
):
    ConnectionFactory(
        state=ConnectionState.PAUSED, reason_code=code, reason="Refused.", advice="Do this."
    )

    text = client_of(administrator).get(reverse(page, args=[account.slug])).content.decode()

    alert = text.partition('<div class="alert alert-warning" role="status">')[2]
    alert = alert.partition("<main")[0].partition("row row-cards")[0]
    assert text.count("Salesforce needs attention: nothing is synced") == 1
    assert alert.count("Refused.") == 1
    remedy = find_remedy(code)
    url = reverse(remedy.url_name, args=[account.slug])
    wanted = f'action="{url}"' if remedy.is_posted else f'href="{url}"'
    assert alert.count(wanted) == 1
    assert alert.count(f">{remedy.label}<") == 1
    assert alert.count('class="btn btn-sm"') == 1
