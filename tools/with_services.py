"""Run a command with a PostgreSQL and a Redis of its own.

.venv/bin/python -m tools.with_services .venv/bin/pytest tests/sync
"""

import os
import subprocess
import sys

from tools.services import start_postgresql, start_redis


def main() -> int:
    """Run the command given as arguments; return its exit status."""
    with start_postgresql() as database_url, start_redis() as redis_url:
        environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
