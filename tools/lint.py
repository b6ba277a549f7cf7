"""Every check that does not run the product: style, types, imports, migrations."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS: dict[str, list[str | Path]] = {
    "ruff check": [BIN / "ruff", "check", "."],
    "ruff format": [BIN / "ruff", "format", "--check", "."],
    "mypy": [BIN / "mypy"],
    "lint-imports": [BIN / "lint-imports"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
}


def run_checks() -> list[str]:
    """Run every check, print what the failing ones say; return the names of those that fail."""
    return [name for name, command in CHECKS.items() if not passes(name, command)]


def passes(name: str, command: Sequence[str | Path]) -> bool:
    """Run one check and tell whether it holds; its output is shown when it does not."""
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name:<14}{verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(1 if run_checks() else 0)
