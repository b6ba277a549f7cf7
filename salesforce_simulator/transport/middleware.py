"""Error bodies and compression around every handler."""

import logging

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.transport.call_log import Handler
from salesforce_simulator.transport.errors import HttpError, from_http, shaped_error, unexpected

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
    """Turn every exception into Salesforce's error; a bug is logged and shown as a 500."""
    try:
        return await handler(request)
    except SalesforceError as error:
        return shaped_error(request, error)
    except web.HTTPException as problem:
        return shaped_error(request, from_http(request, problem))
    except web.RequestPayloadError:
        message = "The body is not encoded as its header says"
        return shaped_error(request, HttpError(400, "INVALID_INPUT", message))
    except ConnectionError:
        raise  # the client has gone: there is nobody to answer
    except Exception:  # noqa: BLE001 - a bug becomes a 500, never a traceback
        _log.exception("%s %s failed", request.method, request.path)
        return shaped_error(request, unexpected())


@web.middleware
async def packed_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read what a handler left of a packed body, and close the connection if it is none."""
    response = await handler(request)
    if "Content-Encoding" in request.headers:
        try:
            async for _ in request.content.iter_any():
                pass
        except web.RequestPayloadError:
            request.content.feed_eof()  # else the server takes it for a mistake of its own
            response.force_close()
    return response


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
