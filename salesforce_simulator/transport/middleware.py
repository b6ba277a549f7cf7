"""Error bodies and compression around every handler."""

import logging

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.errors import error_reply, from_http, unexpected

_log = logging.getLogger(__name__)
_SMALLEST_COMPRESSED_BODY = 1024
LONGEST_URI = 16_384
_UNCOMPRESSED = web.RequestKey("uncompressed", bool)


@web.middleware
async def short_uris(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a URI that is too long with 414 and no body, as Salesforce's edge does."""
    if len(request.raw_path) > LONGEST_URI:
        return web.Response(status=web.HTTPRequestURITooLong.status_code)
    return await handler(request)


@web.middleware
async def error_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into Salesforce's error list; a bug is logged and shown as a 500."""
    try:
        return await handler(request)
    except SalesforceError as error:
        return error_reply(request, error)
    except web.HTTPException as problem:
        return error_reply(request, from_http(request, problem))
    except ConnectionError:
        raise  # the client has gone: there is nobody to answer
    except Exception:  # noqa: BLE001 - a bug becomes a 500, never a traceback
        _log.exception("%s %s failed", request.method, request.path)
        return error_reply(request, unexpected())


@web.middleware
async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress larger bodies for clients that accept gzip; streams look after themselves."""
    response = await handler(request)
    if (
        isinstance(response, web.Response)
        and accepts_gzip(request)
        and isinstance(response.body, bytes)
        and len(response.body) >= _SMALLEST_COMPRESSED_BODY
    ):
        response.enable_compression(web.ContentCoding.gzip)
    return response


def send_uncompressed(request: web.Request) -> None:
    """Answer this request without compression, whatever the client accepts."""
    request[_UNCOMPRESSED] = True


def accepts_gzip(request: web.Request) -> bool:
    """Tell whether the answer may be compressed with gzip."""
    if request.get(_UNCOMPRESSED):
        return False
    return "gzip" in request.headers.get("Accept-Encoding", "").lower()
