"""The whole suite: the checks, then the tests on SQLite, then on PostgreSQL with Redis.

The first round runs every test but the browser's; the second repeats those that touch the
database, drives the pages in a real Chromium, and goes through a PgBouncer where a test asks for
it. Both rounds run, whatever the first one says.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tools.browser import ensure_browser
from tools.lint import run_checks
from tools.services import start_postgresql, start_redis
from tools.services.pgbouncer import ensure_pgbouncer

# Two worker processes per core: many a test waits for a server that starts, a page, or a job that
# is done. One that is done takes over from the others. The slowest tests are named, so
# that nobody has to guess what makes the suite long.
WORKERS = str(2 * (os.cpu_count() or 1))
PYTEST = [sys.executable, "-m", "pytest", "-n", WORKERS, "--dist", "worksteal", "--durations", "10"]


def main() -> int:
    """Run everything; return 0 only if all of it passed. Arguments go to pytest."""
    started = time.monotonic()
    failed = run_checks()
    with tempfile.TemporaryDirectory(prefix="acton-test-") as folder:
        Path(folder).chmod(0o711)  # servers that root starts as another user live below
        environment = {**os.environ, "TMPDIR": folder}
        for name in ("DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
        ensure_browser()
        ensure_pgbouncer()
        failed += run_round("SQLite", ["-m", "not browser"], environment)
        with start_postgresql() as database_url, start_redis() as redis_url:
            environment |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
            failed += run_round("PostgreSQL and Redis", ["--only-database"], environment)
    verdict = f"failed: {', '.join(failed)}" if failed else "everything passed"
    print(f"\n{verdict} ({time.monotonic() - started:.0f} s)")
    return 1 if failed else 0


def run_round(name: str, options: list[str], environment: Mapping[str, str]) -> list[str]:
    """Run the tests once; return the round's name in a list when it fails, else nothing."""
    print(f"\n=== Tests on {name}", flush=True)
    command = [*PYTEST, *options, *sys.argv[1:]]
    code = subprocess.run(command, env=environment, check=False).returncode
    return [f"tests on {name}"] if code else []


if __name__ == "__main__":
    sys.exit(main())
