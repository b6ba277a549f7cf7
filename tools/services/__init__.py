"""Real servers for tests and benchmarks: each starts on a free port and ends with its block."""

from tools.services.pgbouncer import start_pgbouncer
from tools.services.postgresql import start_postgresql
from tools.services.redis import start_redis

__all__ = ["start_pgbouncer", "start_postgresql", "start_redis"]
