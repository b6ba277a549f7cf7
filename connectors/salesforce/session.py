"""The requests session that simple-salesforce is given.

``GuardedSession`` makes one request: with time-outs and a deadline, without
redirects, its body complete, its failure one of our errors. ``ApiSession`` adds
what a signed-in client needs: one host only, the newest session id on every
request, one renewal after a 401, repeats of what may be repeated.
"""

import threading
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from connectors.salesforce.adapter import GuardedAdapter
from connectors.salesforce.answers import api_call, check_answer
from connectors.salesforce.errors import (
    AuthenticationError,
    HostError,
    OrganisationChangedError,
    TransientError,
    UnknownOutcomeError,
)
from connectors.salesforce.failures import translate
from connectors.salesforce.grants import Grant
from connectors.salesforce.hosts import base_url
from connectors.salesforce.network import Network
from connectors.salesforce.retry import Repeats
from connectors.salesforce.stand_in import WriteStandIn

_HARMLESS_METHODS = frozenset({"GET", "HEAD"})


class GuardedSession(requests.Session):
    """Requests of one attempt each, over HTTPS to a host that the caller has checked."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        # The environment must not choose proxies, certificates or passwords for us.
        self.trust_env = False
        self.verify = network.ca_bundle or True
        self.headers["Accept-Encoding"] = "gzip"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        self.mount("https://", GuardedAdapter(network))

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # requests names each argument
        """Make one request; returns only an answer of Salesforce's that is no error."""
        if self.network.before_call is not None:
            self.network.before_call()
        timeouts = self.network.timeouts
        kwargs["allow_redirects"] = False
        kwargs["timeout"] = (timeouts.connect_seconds, timeouts.read_seconds)
        try:
            response = super().request(method, url, **kwargs)
        except requests.RequestException as error:
            raise translate(error) from error
        if self.network.on_call is not None:
            self.network.on_call(api_call(response))
        self.check(response, streamed=bool(kwargs.get("stream")))
        return response

    def check(self, response: requests.Response, *, streamed: bool) -> None:
        """Raise for an answer that must not reach simple-salesforce."""
        check_answer(response, streamed=streamed)


class ApiSession(GuardedSession):
    """The session of a signed-in client; safe for use by several threads.

    ``renew`` gets the grant that was refused and returns a fresh one. A write whose
    answer is lost raises UnknownOutcomeError unless it was sent with
    ``idempotent=True``. Where there is a ``stand_in`` it answers every write.
    """

    def __init__(
        self,
        grant: Grant,
        network: Network,
        renew: Callable[[Grant], Grant] | None,
        stand_in: WriteStandIn | None = None,
    ) -> None:
        self._first_base = base_url(grant.instance_url, network.allowed_hosts)
        super().__init__(network)
        self.grant = grant
        self._renew = renew
        self._renewing = threading.Lock()
        self._stand_in = stand_in

    def request(  # type: ignore[override]  # simple-salesforce passes our word along
        self, method: str, url: str, *, idempotent: bool | None = None, **kwargs: Any
    ) -> requests.Response:
        """Make a request, repeating it where that is safe and may help."""
        if idempotent is None:
            idempotent = method in _HARMLESS_METHODS
        # With the slash behind it the base cannot be the beginning of another host,
        # nor of a user name before an "@": answers carry paths that are appended to it.
        if not url.startswith(self._first_base + "/"):
            raise HostError.for_text(url)
        path = url.removeprefix(self._first_base)
        if self._stand_in is not None:
            answer = self._stand_in.answer(method, path, kwargs.get("data"))
            if answer is not None:
                return answer
        rewind = _rewinder(kwargs.get("data"))
        repeats = Repeats(self.network)
        while True:
            try:
                return self._signed_in(method, path, **kwargs)
            except TransientError as error:
                if not idempotent and not error.nothing_done:
                    raise _unknown_outcome(error) from error
                repeats.wait_or_raise(error)
            rewind()

    def _signed_in(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send with the newest session id; on a 401 renew it once and send the same again."""
        rewind = _rewinder(kwargs.get("data"))
        grant = self.grant
        try:
            return self._send(grant, method, path, **kwargs)
        except AuthenticationError as error:
            if self._renew is None or error.status != requests.codes.unauthorized:
                raise
            fresh = self._fresh_grant(grant)
        rewind()
        return self._send(fresh, method, path, **kwargs)

    def _send(self, grant: Grant, method: str, path: str, **kwargs: Any) -> requests.Response:
        # simple-salesforce wrote the session id that it was made with; ours is newer.
        headers = {**(kwargs.pop("headers", None) or {})}
        headers["Authorization"] = f"Bearer {grant.session_id}"
        headers.pop("X-PrettyPrint", None)  # its blanks and line breaks cost as much as the data
        # Looked at each time: a renewal may have brought another host, or a strange one.
        url = base_url(grant.instance_url, self.network.allowed_hosts) + path
        return super().request(method, url, headers=headers, **kwargs)

    def _fresh_grant(self, refused: Grant) -> Grant:
        with self._renewing:
            if self.grant is not refused:
                return self.grant  # another thread was faster
            assert self._renew is not None  # noqa: S101 - the caller looked
            fresh = self._renew(refused)
            if fresh.organisation_id != refused.organisation_id:
                raise OrganisationChangedError(
                    "ORGANISATION_CHANGED",
                    f"{fresh.organisation_id} answers instead of {refused.organisation_id}.",
                )
            self.grant = fresh
            return fresh


def _rewinder(data: Any) -> Callable[[], None]:
    """Return what brings a request's body back to where it began, for the next attempt."""
    if not hasattr(data, "seek"):
        return lambda: None
    start = data.tell()
    return lambda: data.seek(start)


def _unknown_outcome(error: TransientError) -> UnknownOutcomeError:
    return UnknownOutcomeError(error.code, error.message, status=error.status)
