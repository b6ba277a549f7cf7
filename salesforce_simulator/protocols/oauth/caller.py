"""Tokens at the identity endpoints, which refuse with a bare word in place of a JSON error."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.context import in_thread, organisation


class RefusalError(Exception):
    """A refusal in one word, such as ``Bad_OAuth_Token``."""

    def __init__(self, word: str, status: int = 403) -> None:
        super().__init__(word)
        self.word = word
        self.status = status


def refusals(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """Wrap a handler so that its RefusalErrors are answered with the word as plain text."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RefusalError as refusal:
            return web.Response(status=refusal.status, text=refusal.word, content_type="text/plain")

    return wrapped


async def caller(request: web.Request) -> Session:
    """Return the session of the header or of ``oauth_token``.

    RefusalError ``Missing_OAuth_Token``, or ``Bad_OAuth_Token`` when it is dead: 403, not the data
    API's 401.
    """
    header = request.headers.get("Authorization", "")
    token = header.partition(" ")[2].strip() or request.query.get("oauth_token", "")
    if not token:
        raise RefusalError("Missing_OAuth_Token")
    sessions = organisation(request).sessions
    try:
        return await in_thread(request, sessions.use, token, for_api=False)
    except SalesforceError as problem:
        raise RefusalError("Bad_OAuth_Token") from problem
