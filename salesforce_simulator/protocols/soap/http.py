"""What every SOAP API has in common on the wire: versions in its addresses, and XML replies."""

import re

from aiohttp import web

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.protocols import versions
from salesforce_simulator.transport.context import organisation

_VERSION = re.compile(r"\d+\.0")


def check_version(request: web.Request) -> None:
    """Raise UNSUPPORTED_API_VERSION unless the path's version is served."""
    version = request.match_info["version"]
    oldest = organisation(request).policies.current.oldest_api_version
    if not (_VERSION.fullmatch(version) and versions.is_supported(version, oldest)):
        message = f"Invalid Api version specified on URL: {version}"
        raise SalesforceError("UNSUPPORTED_API_VERSION", message)


def xml_reply(envelope: bytes) -> web.Response:
    """Return the reply to a call that went well."""
    return _reply(envelope, web.HTTPOk.status_code)


def fault(envelope: bytes) -> web.Response:
    """Return the reply to a call that failed: 500, whatever the reason."""
    return _reply(envelope, web.HTTPInternalServerError.status_code)


def _reply(envelope: bytes, status: int) -> web.Response:
    headers = {"Content-Type": "text/xml;charset=UTF-8"}
    return web.Response(body=envelope, status=status, headers=headers)
