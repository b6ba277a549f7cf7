"""Find the Chromium that browser tests drive, or install one where that is possible."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import apt

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


@functools.cache
def what_is_missing() -> str | None:
    """Return a sentence on what browser tests lack on this machine, None when they can run."""
    if not _driver_starts():
        return (
            "Playwright's driver does not start; on a bare Debian or Ubuntu it lacks a library: "
            "apt-get install libatomic1"
        )
    browser = find_browser()
    if browser is None:
        return (
            "No Chromium was found: apt-get install chromium, or "
            ".venv/bin/playwright install chromium, or set CHROMIUM_PATH"
        )
    if not _succeeds([browser, "--version"]):
        return f"{browser} does not start; as root: .venv/bin/playwright install-deps chromium"
    return None


def ensure_browser() -> None:
    """Install what browser tests lack, as far as this machine and its user allow it."""
    if what_is_missing() is None:
        return
    if apt.may_install():
        # Ubuntu's chromium is a snap, which does not start in a container; Debian's is a program.
        chromium = ["chromium"] if _is_debian() else []
        apt.install("libatomic1", *chromium)
    if find_browser() is None and _driver_starts():
        dependencies = ["--with-deps"] if os.geteuid() == 0 else []
        command = [sys.executable, "-m", "playwright", "install", *dependencies, "chromium"]
        subprocess.run(
            command, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        )
    what_is_missing.cache_clear()


def _driver_starts() -> bool:
    return _succeeds([sys.executable, "-m", "playwright", "--version"])


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=debian" in "\n" + release.read_text()
