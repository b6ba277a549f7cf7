"""The requests adapter that puts requests on guarded connections and reads checked bodies."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from connectors.salesforce.bodies import CheckedBody
from connectors.salesforce.hosts import is_salesforce_host
from connectors.salesforce.network import Network
from connectors.salesforce.sockets import GuardedPool, RequestRules, request_rules

_LARGEST_ANSWER_BYTES = 100_000_000


class GuardedAdapter(HTTPAdapter):
    """HTTPS only; a deadline for every request, a proven end for every body."""

    def __init__(self, network: Network) -> None:
        self._network = network
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools; there is none for plain HTTP."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": GuardedPool}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # requests names each argument
        """Send under a deadline: a long one for streams, in either direction."""
        timeouts = self._network.timeouts
        streamed = bool(kwargs.get("stream"))
        long = streamed or hasattr(request.body, "read")
        seconds = timeouts.transfer_seconds if long else timeouts.total_seconds
        host = (request.url or "").removeprefix("https://").partition("/")[0]
        rules = RequestRules(
            deadline=self._network.clock() + seconds,
            clock=self._network.clock,
            public_address_only=is_salesforce_host(host)
            and host not in self._network.allowed_hosts,
        )
        token = request_rules.set(rules)
        try:
            response = super().send(request, **kwargs)
        finally:
            request_rules.reset(token)
        limit = None if streamed and response.ok else _LARGEST_ANSWER_BYTES
        response.raw = CheckedBody(response.raw, limit)
        return response
