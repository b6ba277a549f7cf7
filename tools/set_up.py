"""Make the virtual environment, with nothing but a bare python3 to start from.

    python3 tools/set_up.py          what the application runs on
    python3 tools/set_up.py --dev    and what tests and checks need

`PYTHON`, where it is set, names the interpreter that the environment is made from.

Standard library only, and readable by an older Python, which must be able to say that it is too
old. The stamp is written last: an interrupted run is taken up where it stopped, and a finished
one is seen in no time.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.bootstrap_pip import PipError, install_pip  # noqa: E402 - the path comes first

VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3")
REQUIREMENTS = {"run": ["requirements.txt"], "dev": ["requirements.txt", "requirements-dev.txt"]}


class SetUpError(Exception):
    """The machine lacks something; the message says what to do."""


def main(arguments: list[str]) -> None:
    """Bring `.venv` up to date for `run`, or for `dev` with `--dev`."""
    purpose = "dev" if "--dev" in arguments else "run"
    # Two commands that start together set up one after the other.
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_up_to_date(purpose):
            set_up(purpose)


def is_up_to_date(purpose: str) -> bool:
    """Tell from the stamps alone whether the environment serves `purpose`."""
    # What serves development serves running as well.
    purposes = ["dev"] if purpose == "dev" else ["run", "dev"]
    return VENV_PYTHON.exists() and any(read_stamp(one) == make_stamp(one) for one in purposes)


def stamp_path(purpose: str) -> Path:
    """Return where the stamp of a finished set-up lies."""
    return VENV / f"set-up-{purpose}.json"


def read_stamp(purpose: str) -> dict[str, str] | None:
    """Return the stamp of the last finished set-up, None where there is none."""
    try:
        stamp: dict[str, str] = json.loads(stamp_path(purpose).read_text())
    except (OSError, ValueError):
        return None
    return stamp


def make_stamp(purpose: str) -> dict[str, str]:
    """Describe what a set-up depends on: place, interpreter and requirements."""
    contents = b"".join((ROOT / name).read_bytes() for name in REQUIREMENTS[purpose])
    return {
        "root": str(ROOT),
        "python": os.path.realpath(VENV_PYTHON),
        "requirements": hashlib.sha256(contents).hexdigest(),
    }


def set_up(purpose: str) -> None:
    """Make or mend the environment and install what `purpose` needs."""
    started = time.monotonic()
    if not is_sound():
        create_environment(find_python())
    for stale in REQUIREMENTS:
        stamp_path(stale).unlink(missing_ok=True)
    if not runs([str(VENV_PYTHON), "-m", "pip", "--version"]):
        say("fetching pip")
        install_pip(VENV_PYTHON)
    say(f"installing {REQUIREMENTS[purpose][-1]} (about a minute the first time)")
    pip_install(REQUIREMENTS[purpose][-1])
    write_stamp(purpose)
    say(f"ready after {time.monotonic() - started:.0f} s")


def is_sound() -> bool:
    """Whether `.venv` is a working environment that was made in this place."""
    probe = f"import sys; sys.exit(sys.version_info < {OLDEST} or sys.prefix != {str(VENV)!r})"
    if not runs([str(VENV_PYTHON), "-c", probe]):
        return False
    stamps = [stamp for stamp in map(read_stamp, REQUIREMENTS) if stamp]
    return all(
        (stamp["root"], stamp["python"]) == (str(ROOT), os.path.realpath(VENV_PYTHON))
        for stamp in stamps
    )


def find_python() -> str:
    """Return the chosen interpreter, else the newest that is new enough.

    Raises SetUpError where there is none: a chosen one is not replaced by another.
    """
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    chosen = os.environ.get("PYTHON")
    candidates = (chosen,) if chosen else CANDIDATES
    for name in candidates:
        path = shutil.which(name)
        if path and runs([path, "-c", check]):
            return path
    raise SetUpError(
        "Python 3.11 or newer is needed and none was found "
        f"(looked for {', '.join(candidates)}). On Debian 12 or Ubuntu 24.04: "
        "apt-get install python3"
    )


def create_environment(python: str) -> None:
    """Make `.venv` anew from `python`."""
    say(f"making {VENV.name} with {python}")
    if not runs([python, "-c", "import venv"]):
        install_venv_module(python)
    # Debian keeps ensurepip in a package of its own, so pip is fetched when it is not there.
    pip = [] if runs([python, "-c", "import ensurepip"]) else ["--without-pip"]
    if not runs([python, "-m", "venv", "--clear", *pip, str(VENV)], quiet=False):
        raise SetUpError(f"{python} could not make {VENV}; what it said stands above.")


def install_venv_module(python: str) -> None:
    """Install the `venv` module where that is allowed; raise SetUpError with the command else."""
    command = ["apt-get", "install", "-y", "-q", "python3-venv"]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing python3-venv")
        runs(["apt-get", "update", "-q"])
        runs(command, quiet=False)
    if not runs([python, "-c", "import venv"]):
        raise SetUpError(f"{python} has no venv module. As root: {' '.join(command)}")


def pip_install(requirements: str) -> None:
    """Install a requirements file into the environment; raise SetUpError when pip fails."""
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--no-input"]
    options = ["--disable-pip-version-check", "--root-user-action=ignore"]
    if not runs([*command, *options, "-r", str(ROOT / requirements)], quiet=False):
        raise SetUpError(f"pip could not install {requirements}; what it said stands above.")


def write_stamp(purpose: str) -> None:
    """Say that the set-up is whole; nobody sees half a stamp."""
    draft = stamp_path(purpose).with_suffix(".draft")
    draft.write_text(json.dumps(make_stamp(purpose)))
    draft.replace(stamp_path(purpose))


def runs(command: list[str], *, quiet: bool = True) -> bool:
    """Run a command and tell whether it succeeded."""
    output = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, stdout=output, stderr=output, check=False).returncode == 0
    except OSError:
        return False


def say(sentence: str) -> None:
    """Tell the person what is going on, apart from the commands' own output."""
    print(f"set-up: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (SetUpError, PipError) as error:
        sys.exit(f"set-up: {error}")
    except KeyboardInterrupt:
        sys.exit("set-up: stopped; the next run goes on from here")
