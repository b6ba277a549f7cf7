"""Signing in: what is sent, what comes back, and that nobody is locked out."""

from html import escape

import pytest
from defusedxml.ElementTree import fromstring

from connectors.salesforce import (
    AccessError,
    AuthenticationError,
    HostError,
    LimitError,
    LoginHoursError,
    ProtocolError,
    SalesforceError,
    TransientError,
    log_in,
)
from tests.connectors.salesforce.conftest import ORGANISATION_ID, USER_ID, answer

PASSWORD = "secret"
TOKEN = "TOKEN"
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="urn:partner.soap.sforce.com" xmlns:sf="urn:fault.partner.soap.sforce.com">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)
RESULT = (
    "<loginResponse><result><passwordExpired>{expired}</passwordExpired>"
    "<sandbox>true</sandbox><serverUrl>{server}/services/Soap/u/64.0/00D5e000000abcd</serverUrl>"
    "<sessionId>00D5e000000abcd!AQ</sessionId><userId>{user}</userId><userInfo>"
    "<organizationId>{organisation}</organizationId><userName>anna@acme.example</userName>"
    "</userInfo></result></loginResponse>"
)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{"&a;" if n == 0 else f"&a{n - 1};" * 10}">' for n in range(12))
    + "]>"
)


def welcome(server, expired="false", user=USER_ID, organisation=ORGANISATION_ID):
    body = RESULT.format(server=server, expired=expired, user=user, organisation=organisation)
    return answer(ENVELOPE.format(body).encode(), kind="text/xml")


def fault(code, message):
    body = (
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}"
        f"</faultstring><detail><sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{message}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )
    return answer(ENVELOPE.format(body).encode(), 500, "text/xml")


def sign_in(peer, password=PASSWORD, token=TOKEN, **changes):
    return log_in(peer.url, "anna@acme.example", password, token, network=peer.network(**changes))


@pytest.mark.requirement("S2")
def test_login_yields_a_grant_when_salesforce_lets_the_user_in(peer):
    peer.will(welcome(peer.url))

    login = sign_in(peer)

    assert login.grant.session_id == "00D5e000000abcd!AQ"
    assert login.grant.instance_url == peer.url
    assert (login.grant.user_id, login.grant.organisation_id) == (USER_ID, ORGANISATION_ID)
    assert (login.username, login.is_sandbox) == ("anna@acme.example", True)


@pytest.mark.parametrize("password", ["secret", "pä$$wörd", "<&>\"']]>", "with space", "日本語"])
def test_password_and_token_are_joined_without_a_space_when_they_are_sent(peer, password):
    peer.will(welcome(peer.url))

    sign_in(peer, password, "T0k<n")

    request = peer.requests[0]
    sent = fromstring(request.body)
    assert sent.findtext(".//{urn:partner.soap.sforce.com}password") == password + "T0k<n"
    assert request.path == "/services/Soap/u/64.0"
    assert escape(password) in request.body.decode()


REFUSALS = [
    ("F4", "INVALID_LOGIN", AuthenticationError),
    ("F4", "LOGIN_MUST_USE_SECURITY_TOKEN", AuthenticationError),
    ("F5", "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", AuthenticationError),
    ("F6", "PASSWORD_LOCKOUT", AuthenticationError),
    ("F7", "LOGIN_DURING_RESTRICTED_DOMAIN", AuthenticationError),
    ("F7", "LOGIN_DURING_RESTRICTED_TIME", LoginHoursError),
    ("F8", "INSUFFICIENT_ACCESS", AccessError),
    ("F9", "INVALID_OPERATION", AuthenticationError),
    ("F11", "API_DISABLED_FOR_ORG", AccessError),
    ("F15", "LOGIN_RATE_EXCEEDED", LimitError),
]


@pytest.mark.parametrize(
    ("code", "kind"),
    [pytest.param(*rest, marks=pytest.mark.fault(fault), id=rest[0]) for fault, *rest in REFUSALS],
)
def test_login_is_tried_once_when_salesforce_refuses(peer, code, kind):
    peer.will(fault(code, "In Salesforce's words."), welcome(peer.url))

    with pytest.raises(kind) as caught:
        sign_in(peer)

    assert (caught.value.code, caught.value.message) == (code, "In Salesforce's words.")
    assert len(peer.requests) == 1
    assert caught.value.advice


@pytest.mark.fault("F9")
@pytest.mark.parametrize(
    ("code", "ours"),
    [("INVALID_OPERATION", "INVALID_OPERATION"), ("UNSUPPORTED_API_VERSION", "LOGIN_RETIRED")],
)
def test_login_advises_oauth_when_passwords_are_not_taken(peer, code, ours):
    peer.will(fault(code, "SOAP API login() is disabled by default in this org."))

    with pytest.raises(AuthenticationError) as caught:
        sign_in(peer)

    assert caught.value.code == ours
    assert "OAuth" in caught.value.advice
    assert len(peer.requests) == 1


@pytest.mark.fault("F5")
def test_login_is_refused_when_the_password_has_expired(peer):
    peer.will(welcome(peer.url, expired="true"))

    with pytest.raises(AuthenticationError) as caught:
        sign_in(peer)

    assert caught.value.code == "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"


@pytest.mark.fault("F4")
@pytest.mark.parametrize(
    "reply", [b"", answer(b"<html>", 503, "text/html"), answer(b"", 500, "text/html")]
)
def test_login_is_tried_once_when_the_answer_is_lost(peer, reply):
    peer.will(reply, welcome(peer.url))

    with pytest.raises(TransientError):
        sign_in(peer)

    assert len(peer.requests) == 1


@pytest.mark.threat("T22")
@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(BOMB + "<x>&a11;</x>", id="billion laughs"),
        pytest.param('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>', id="file"),
        pytest.param('<!DOCTYPE x SYSTEM "https://evil.example/x.dtd"><x/>', id="outer dtd"),
        pytest.param("<x>", id="cut"),
        pytest.param("", id="empty"),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_login_refuses_the_answer_when_its_xml_is_unsafe(peer, xml, status):
    peer.will(answer(xml.encode(), status, "text/xml"))

    with pytest.raises(ProtocolError) as caught:
        sign_in(peer)

    assert caught.value.code == "XML_REFUSED"


@pytest.mark.threat("T13")
@pytest.mark.parametrize(
    "server",
    ["https://evil.example", "https://127.0.0.1:1", "https://login.salesforce.com@evil.example"],
)
def test_login_refuses_the_instance_when_its_host_is_strange(peer, server):
    peer.will(welcome(server))

    with pytest.raises(HostError):
        sign_in(peer)


@pytest.mark.threat("T13")
def test_login_sends_nothing_when_the_host_is_not_allowed(peer):
    with pytest.raises(HostError):
        log_in(
            peer.url, "anna@acme.example", "secret", network=peer.network(allowed_hosts=frozenset())
        )

    assert peer.requests == []


@pytest.mark.parametrize(
    ("server", "instance"),
    [
        ("https://na1-api.salesforce.com", "https://na1.salesforce.com"),
        ("https://my-api-company.my.salesforce.com", "https://my-api-company.my.salesforce.com"),
        ("https://a--dev.sandbox.my.salesforce.com", "https://a--dev.sandbox.my.salesforce.com"),
    ],
)
def test_login_keeps_the_instance_host_when_it_only_looks_like_an_old_one(peer, server, instance):
    peer.will(welcome(server))

    assert sign_in(peer).grant.instance_url == instance


@pytest.mark.fault("F57")
def test_login_is_refused_when_a_proxy_sends_its_login_page(peer):
    peer.will(answer(b"<html>Sign in</html>", kind="text/html"))

    with pytest.raises(ProtocolError):
        sign_in(peer)


def test_login_is_refused_when_the_answer_lacks_the_user(peer):
    peer.will(welcome(peer.url, user=""))

    with pytest.raises(ProtocolError) as caught:
        sign_in(peer)

    assert caught.value.code == "LOGIN_INCOMPLETE"


@pytest.mark.threat("T23")
def test_secrets_are_in_no_message_when_a_login_fails(peer):
    peer.will(fault("INVALID_LOGIN", "Invalid username, password, security token."))

    with pytest.raises(SalesforceError) as caught:
        sign_in(peer, "canary-password", "canary-token")

    assert "canary" not in f"{caught.value!r} {caught.value.advice}"
