"""The client of one organisation: an unmodified simple-salesforce on a guarded session."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import orjson
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.util import call_salesforce

from connectors.salesforce.errors import IncompleteBodyError
from connectors.salesforce.grants import Grant
from connectors.salesforce.hosts import base_url
from connectors.salesforce.json_body import parse_json
from connectors.salesforce.network import Network
from connectors.salesforce.session import ApiSession
from connectors.salesforce.stand_in import WriteStandIn
from connectors.salesforce.version import API_VERSION


class SalesforceClient:
    """Calls to one organisation as one user; a context manager that closes its connections.

    ``renew`` gets a grant that Salesforce refused with a 401 and returns a fresh
    one; it is called once per refused request and should look first whether another
    worker has renewed already. A second 401 raises AuthenticationError. With a
    ``stand_in`` the client reads from the organisation and writes nothing to it.
    """

    def __init__(
        self,
        grant: Grant,
        *,
        network: Network | None = None,
        renew: Callable[[Grant], Grant] | None = None,
        stand_in: WriteStandIn | None = None,
    ) -> None:
        self.network = network or Network()
        self._session = ApiSession(grant, self.network, renew, stand_in)
        self.salesforce = Salesforce(
            session_id=grant.session_id,
            instance_url=base_url(grant.instance_url, self.network.allowed_hosts),
            session=self._session,
            version=API_VERSION,
            object_pairs_hook=None,
        )

    @property
    def grant(self) -> Grant:
        """The newest grant: the first one, or what ``renew`` gave since."""
        return self._session.grant

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return the JSON at a path relative to ``/services/data/vNN.0/``."""
        return self.salesforce.restful(path, params=dict(params) if params else None)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        idempotent: bool,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send ``body`` as JSON; returns the answer's JSON, None where it has no body.

        ``idempotent`` says that a repeat does no harm; otherwise a lost answer
        raises UnknownOutcomeError.
        """
        data = None if body is None else orjson.dumps(body)
        response = self.call(
            method, path, data=data, idempotent=idempotent, headers={**(headers or {})}
        )
        return parse_json(response.content) if response.content else None

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> requests.Response:
        """Make a request below ``/services/data/vNN.0/`` and return the answer itself.

        ``options`` go to the session: params, data, stream, idempotent.
        """
        return call_salesforce(
            url=self.salesforce.base_url + path,
            method=method,
            session=self._session,
            headers={**self.salesforce.headers, **(headers or {})},
            **options,
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def field_of(answer: Any, name: str) -> Any:
    """Return one key of a JSON object, IncompleteBodyError when the answer is no such object."""
    if not isinstance(answer, dict) or name not in answer:
        raise IncompleteBodyError("JSON_INCOMPLETE", f"The answer lacks {name!r}.")
    return answer[name]
