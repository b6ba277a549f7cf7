"""Which hosts the application may talk to as Salesforce.

Login hosts are typed by administrators and instance hosts come in answers, so
both are checked here before any request: a host below ``salesforce.com``, or an
exact member of an allow-list (the local organisation, a test stand-in). The text
is matched as a whole and the URL rebuilt from its parts, never parsed and reused,
because two URL parsers seldom agree on ``a@b``, ``#`` and back-slashes.
"""

import re
from collections.abc import Collection

from connectors.salesforce.errors import HostError

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SALESFORCE_HOST = re.compile(rf"(?:{_LABEL}\.){{1,6}}salesforce\.com", re.ASCII)
_ADDRESS = re.compile(r"(?:https://)?([a-z0-9.:\[\]-]{1,260})/?", re.ASCII)
_LONGEST_HOST = 253


def check_host(text: str, allowed_hosts: Collection[str] = ()) -> str:
    """Return the lower-case ``host`` or ``host:port`` that ``text`` names.

    ``text`` is a host name, with or without ``https://`` before and ``/`` after
    it. ``allowed_hosts`` holds exact ``host:port`` strings that are trusted beside
    ``*.salesforce.com``. Raises HostError, before any request, for all else.
    """
    host = _host_of(text)
    if host in allowed_hosts:
        return host
    host = host.removesuffix(":443")
    if host in allowed_hosts or is_salesforce_host(host):
        return host
    raise HostError.for_text(text)


def base_url(text: str, allowed_hosts: Collection[str] = ()) -> str:
    """Return ``https://host[:port]`` for an address that ``check_host`` accepts."""
    return f"https://{check_host(text, allowed_hosts)}"


def is_salesforce_host(host: str) -> bool:
    """Whether a lower-case host name lies below salesforce.com."""
    return len(host) <= _LONGEST_HOST and _SALESFORCE_HOST.fullmatch(host) is not None


def _host_of(text: str) -> str:
    text = text.strip(" \t")
    # Only ASCII is lowered: str.lower() turns the Kelvin sign into a plain "k".
    if not text.isascii():
        raise HostError.for_text(text)
    match = _ADDRESS.fullmatch(text.lower())
    if match is None:
        raise HostError.for_text(text)
    return match[1]
