import pytest
from defusedxml import minidom

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols.soap.envelope import (
    fault_envelope,
    read_call,
    result_envelope,
)
from tests.salesforce_simulator.recorded import recordings

LOGIN = b"""<?xml version="1.0"?>
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:u="urn:partner.soap.sforce.com">
<e:Header><u:SessionHeader><u:sessionId>00D!x</u:sessionId></u:SessionHeader></e:Header>
<e:Body><u:login><u:username>a@b.example</u:username><u:password>p&amp;&lt;</u:password></u:login>
</e:Body></e:Envelope>"""


def test_call_is_read_with_its_parameters_and_session():
    call = read_call(LOGIN)
    assert call.operation == "login"
    assert call.parameters == {"username": "a@b.example", "password": "p&<"}
    assert call.session_id == "00D!x"


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE e [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE e SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_call_is_refused_when_it_declares_entities(declaration):
    body = LOGIN.replace(b'<?xml version="1.0"?>', b'<?xml version="1.0"?>' + declaration)
    with pytest.raises(SalesforceError, match="not XML"):
        read_call(body)


@pytest.mark.parametrize("body", [b"", b"<a>", b"<a/>", b"\xff"])
def test_call_is_refused_when_it_is_no_envelope(body):
    with pytest.raises(SalesforceError):
        read_call(body)


def test_result_escapes_text_and_writes_nil_and_booleans():
    body = result_envelope("x", {"name": "A & <B>", "role": None, "sandbox": False})
    assert b"<name>A &amp; &lt;B&gt;</name>" in body
    assert b'<role xsi:nil="true"/>' in body
    assert b"<sandbox>false</sandbox>" in body


def test_fault_has_the_form_of_a_real_one():
    error = SalesforceError(
        "INVALID_LOGIN", "Invalid username, password, security token; or user locked out."
    )
    real = recordings("auth/reportforce_login_failed.xml").read_bytes().strip()
    assert shape(fault_envelope(error, "LoginFault")) == shape(real)


def shape(xml):
    """Return element names with their text, depth first."""
    elements = minidom.parseString(xml).getElementsByTagName("*")
    return [(e.tagName, e.firstChild.data if e.firstChild.nodeValue else None) for e in elements]
