"""Fetch pip for an environment that was made without it."""

from __future__ import annotations

import hashlib
import html
import os
import re
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

WHEEL = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
TIMEOUT_SECONDS = 60


class PipError(Exception):
    """pip could not be fetched; the message says what to do."""


def install_pip(python: Path) -> None:
    """Install pip into the environment of `python`; raise PipError when that fails."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / WHEEL
        wheel.write_bytes(fetch_wheel())
        # A wheel is a zip archive and Python runs what lies in one: pip installs itself.
        command = [str(python), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)]
        if subprocess.run(command, check=False).returncode:
            raise PipError("pip could not install itself; what it said stands above.")


def fetch_wheel() -> bytes:
    """Return the wheel from the package index, checked against its known hash."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    content = fetch(find_link(fetch(index).decode(), base=index))
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise PipError(f"{WHEEL} from {index} is not the file that was published on PyPI.")
    return content


def find_link(page: str, *, base: str) -> str:
    """Return the wheel's address from an index page (PEP 503); raise PipError without one."""
    for link in re.findall(r'href="([^"]+)"', page):
        address = urllib.parse.urldefrag(urllib.parse.urljoin(base, html.unescape(link))).url
        if address.endswith("/" + WHEEL):
            return address
    raise PipError(f"{base} does not offer {WHEEL}.")


def fetch(address: str) -> bytes:
    """Return what lies at `address`, trusting the authorities that pip is told to trust."""
    authorities = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    context = ssl.create_default_context(cafile=authorities)
    try:
        with urllib.request.urlopen(address, context=context, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the operator's own index
            content: bytes = answer.read()
    except urllib.error.URLError as error:
        raise PipError(
            f"{address} cannot be read ({error.reason}). pip is needed: show this machine the way "
            "to a package index (PIP_INDEX_URL, PIP_CERT), or install python3-venv and "
            "ca-certificates."
        ) from error
    return content
