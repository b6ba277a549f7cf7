import itertools

import pytest

from connectors.salesforce import HostError, base_url, check_host
from connectors.salesforce.hosts import is_salesforce_host

ALLOWED = frozenset({"localhost:8443"})

GOOD = {
    "login.salesforce.com": "login.salesforce.com",
    "https://test.salesforce.com": "test.salesforce.com",
    "https://Acme.My.Salesforce.com/": "acme.my.salesforce.com",
    "acme--dev.sandbox.my.salesforce.com": "acme--dev.sandbox.my.salesforce.com",
    "https://na139.salesforce.com": "na139.salesforce.com",
    " acme.my.salesforce.com ": "acme.my.salesforce.com",
    "https://acme.my.salesforce.com:443": "acme.my.salesforce.com",
    "localhost:8443": "localhost:8443",
    "https://localhost:8443/": "localhost:8443",
}

# Where an attacker would like the request to go ...
TARGETS = [
    "127.0.0.1",
    "127.0.0.1:8443",
    "localhost",
    "localhost:8444",
    "[::1]",
    "169.254.169.254",
    "metadata.google.internal",
    "evil.example",
    "10.0.0.7",
    "0x7f000001",
    "2130706433",
    "017700000001",
]
# ... and how the address may be dressed up, {t} being the target.
DISGUISES = [
    "{t}",
    "https://{t}",
    "http://{t}",
    "//{t}",
    "https://{t}/x#.salesforce.com",
    "{t}/x#login.salesforce.com",
    "{t}#.salesforce.com",
    "{t}?.salesforce.com",
    "{t}\\.salesforce.com",
    "login.salesforce.com@{t}",
    "https://login.salesforce.com@{t}/",
    "https://login.salesforce.com:pw@{t}",
    "a@{t}/#.salesforce.com",
    "https://login.salesforce.com\\@{t}",
    "login.salesforce.com.{t}",
    "https://{t}/login.salesforce.com",
    "{t}%23.salesforce.com",
    "{t}%2f.salesforce.com",
    "{t};.salesforce.com",
    "{t}\t.salesforce.com",
    "{t}\n.salesforce.com",
    "{t}\x00.salesforce.com",
    "{t}\r\nHost: login.salesforce.com",
    "login.salesforce.com\n{t}",
    "{t} .salesforce.com",
    "{t}/.salesforce.com",
]
ODD = [
    "",
    " ",
    ".",
    "/",
    "https://",
    "salesforce.com",
    ".salesforce.com",
    "..salesforce.com",
    "a..salesforce.com",
    "-a.salesforce.com",
    "a-.salesforce.com",
    "a_b.salesforce.com",
    "login.salesforce.com.",
    "login.salesforce.com:8443",
    "login.salesforce.com:80",
    "login.salesforce.com:",
    "login.salesforce.com/services",
    "login.salesforce.com?x",
    "login.salesforce.com#x",
    "login.salesforce.com//",
    "loginsalesforce.com",
    "login.salesforce.com.evil.example",
    "login.salesforce.comevil",
    "login.salesforce.co",
    "login.\u017falesforce.com",
    "login.salesforce.com\u3002evil",
    "login.sa\u200blesforce.com",
    "l\u043egin.salesforce.com",
    "\uff4cogin.salesforce.com",
    "\u212anight.salesforce.com",
    "ftp://login.salesforce.com",
    "javascript://login.salesforce.com",
    "HTTP://login.salesforce.com",
    "http://login.salesforce.com",
    "https:login.salesforce.com",
    "https:///login.salesforce.com",
    "https:/login.salesforce.com",
    "https:\\\\login.salesforce.com",
    "user@login.salesforce.com",
    "*.salesforce.com",
    "login.salesforce.com,evil.example",
    "login.salesforce.com\n",
    "[login.salesforce.com]",
    "a." * 60 + "salesforce.com",
    "a" * 64 + ".salesforce.com",
    "x" * 5000,
    "localhost:8443.evil.example",
    "localhost:8443@evil.example",
    "localhost:08443",
    "localhost:8443#",
    "LOCALHOST:8443/x",
    "localhost:84430",
]
BAD = [d.format(t=t) for d, t in itertools.product(DISGUISES, TARGETS)] + ODD


@pytest.mark.parametrize(("text", "host"), GOOD.items())
def test_host_is_taken_when_it_is_salesforces_or_allowed(text, host):
    assert check_host(text, ALLOWED) == host
    assert base_url(text, ALLOWED) == f"https://{host}"


@pytest.mark.threat("T13")
def test_hosts_under_test_cover_at_least_200_shapes():
    assert len(set(BAD)) >= 200


@pytest.mark.threat("T13")
@pytest.mark.fault("F13")
@pytest.mark.parametrize("text", BAD)
def test_host_is_refused_when_it_is_anything_else(text):
    with pytest.raises(HostError) as caught:
        check_host(text, ALLOWED)

    assert caught.value.code == "HOST_NOT_ALLOWED"
    assert "my.salesforce.com" in caught.value.advice


@pytest.mark.threat("T13")
def test_allowed_host_is_refused_when_the_list_is_empty():
    with pytest.raises(HostError):
        check_host("localhost:8443")


def test_hosts_of_the_allow_list_are_not_salesforces():
    assert is_salesforce_host("acme.my.salesforce.com")
    assert not is_salesforce_host("localhost:8443")
