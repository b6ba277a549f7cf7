"""Find the Chromium that browser tests drive, or install one where that is possible."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSER_FLAGS = [
    "--no-sandbox",  # root in a container has no user namespace to make a sandbox from
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """Return the path of a Chromium: `CHROMIUM_PATH`, an installed one, or Playwright's own."""
    if chosen := os.environ.get("CHROMIUM_PATH"):
        return chosen
    for command in COMMANDS:
        if found := shutil.which(command):
            return found
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")
    own = sorted(Path(folder).expanduser().glob("chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None


def ensure_browser() -> str | None:
    """Return the path of a Chromium, installing one first where none is; None when that failed."""
    if found := find_browser():
        return found
    if os.geteuid() == 0 and _is_debian():
        # Ubuntu's package is a snap that does not start in a container; Debian's is a program.
        _attempt(["apt-get", "update", "-q"])
        _attempt(["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"])
    if found := find_browser():
        return found
    dependencies = ["--with-deps"] if os.geteuid() == 0 else []
    _attempt([sys.executable, "-m", "playwright", "install", *dependencies, "chromium"])
    return find_browser()


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=debian" in "\n" + release.read_text()


def _attempt(command: list[str]) -> None:
    subprocess.run(command, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
