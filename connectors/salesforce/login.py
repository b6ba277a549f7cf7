"""Signing in with user name, password and security token, by the SOAP API's login()."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from xml.etree.ElementTree import Element, ParseError

import requests
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from simple_salesforce.login import SalesforceLogin

from connectors.salesforce.answers import content_type, error_of
from connectors.salesforce.error_rules import error_from_code
from connectors.salesforce.errors import ProtocolError, SalesforceError
from connectors.salesforce.grants import Grant
from connectors.salesforce.hosts import base_url
from connectors.salesforce.ids import normalise_id
from connectors.salesforce.network import Network
from connectors.salesforce.session import GuardedSession
from connectors.salesforce.version import API_VERSION

# From API 65.0 on, and from Summer '27 on for every version, login() does not exist.
_LOGIN_GONE = "UNSUPPORTED_API_VERSION"
_XML_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})
_LEGACY_SERVER = re.compile(r"([a-z]+[0-9]+)-api\.salesforce\.com", re.ASCII)


@dataclass(frozen=True)
class Login:
    """A successful sign-in: the grant, and what Salesforce said of the user."""

    grant: Grant
    username: str
    is_sandbox: bool


def log_in(
    login_url: str,
    username: str,
    password: str,
    security_token: str = "",
    *,
    network: Network | None = None,
) -> Login:
    """Sign in once; a failed attempt is never repeated, as Salesforce would lock the user.

    ``login_url`` is a My Domain, ``login.salesforce.com``, ``test.salesforce.com``
    or an allowed host. Raises HostError before any request, AuthenticationError or
    AccessError with Salesforce's code and text, LimitError, TransientError or
    ProtocolError.
    """
    network = network or Network()
    base = base_url(login_url, network.allowed_hosts)
    with _LoginSession(network) as session:
        # The token goes in as the password's end: simple-salesforce escapes the
        # password for XML, but not the token, and Salesforce sees no difference.
        SalesforceLogin(
            username=username,
            password=password + security_token,
            security_token="",
            sf_version=API_VERSION,
            session=session,
            scratch_url=base,
        )
        return _login_from(session.reply, network)


class _LoginSession(GuardedSession):
    """Reads the SOAP answer, with a parser that refuses entities, before simple-salesforce does."""

    reply: Element

    def check(self, response: requests.Response, *, streamed: bool) -> None:
        """Keep a good answer; raise the fault of a bad one."""
        if content_type(response) not in _XML_TYPES:
            super().check(response, streamed=streamed)
            raise ProtocolError("UNEXPECTED_CONTENT", "The answer to the sign-in is not XML.")
        self.reply = _parse(response.content)
        if response.status_code != HTTPStatus.OK:
            raise _fault(self.reply, response)


def _parse(xml: bytes) -> Element:
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (DefusedXmlException, ParseError) as error:
        raise ProtocolError("XML_REFUSED", "The answer to the sign-in is not safe XML.") from error
    return root


def _fault(reply: Element, response: requests.Response) -> SalesforceError:
    code = _text(reply, "exceptionCode") or _text(reply, "faultcode").rpartition(":")[2]
    if not code:
        return error_of(response)
    message = _text(reply, "exceptionMessage") or _text(reply, "faultstring")
    if code == _LOGIN_GONE:
        code = "LOGIN_RETIRED"
    return error_from_code(code, message, status=response.status_code)


def _login_from(reply: Element, network: Network) -> Login:
    if _text(reply, "passwordExpired") == "true":
        raise error_from_code(
            "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "The user's password has expired."
        )
    try:
        grant = Grant(
            session_id=_text(reply, "sessionId"),
            instance_url=_instance_url(_text(reply, "serverUrl"), network),
            user_id=normalise_id(_text(reply, "userId")),
            organisation_id=normalise_id(_text(reply, "organizationId")),
        )
    except ValueError as error:
        raise ProtocolError("LOGIN_INCOMPLETE", str(error)) from error
    return Login(grant, _text(reply, "userName"), _text(reply, "sandbox") == "true")


def _instance_url(server_url: str, network: Network) -> str:
    """Return the base URL for calls; old instances name a server of their own, na1-api."""
    host = server_url.removeprefix("https://").partition("/")[0]
    if legacy := _LEGACY_SERVER.fullmatch(host):
        host = f"{legacy[1]}.salesforce.com"
    return base_url(host, network.allowed_hosts)


def _text(reply: Element, name: str) -> str:
    """Return the text of the first element of that name, in any namespace, or ''."""
    return reply.findtext(f".//{{*}}{name}") or ""
