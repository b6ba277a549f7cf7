"""The environments of the peers: one each, because their requirements exclude each other."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
ENVIRONMENTS = ROOT / "var" / "bench"
INSTALL_SECONDS = 900


def prepare_environment(name: str) -> Path | None:
    """Return the Python of a peer's environment, made now if need be.

    Return None, and print the reason, when the peer cannot be installed here.
    """
    requirements = (REQUIREMENTS / f"{name}.txt").read_text()
    environment = ENVIRONMENTS / name
    python, stamp = environment / "bin" / "python", environment / "installed.txt"
    if stamp.exists() and stamp.read_text() == requirements:
        return python
    shutil.rmtree(environment, ignore_errors=True)
    print(f"Installing {', '.join(requirements.split())}", flush=True)
    # Without pip of its own, which a bare Debian could not give it: ours installs into it.
    make: list[str | Path] = [sys.executable, "-m", "venv", "--without-pip", environment]
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
    ]
    install += ["--disable-pip-version-check", "--requirement", REQUIREMENTS / f"{name}.txt"]
    for command in (make, install):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
        )
        if done.returncode:
            print(f"{name} is left out, it does not install:\n{done.stderr[-500:]}", flush=True)
            return None
    stamp.write_text(requirements)
    return python
