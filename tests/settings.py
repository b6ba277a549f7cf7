"""Settings of the test run: the application's own, away from a developer's data and `.env`.

What is set in the environment before the import wins over `.env`, so a test can never reach the
database or broker that somebody works with. `DATABASE_URL` and `REDIS_URL` choose the engine.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_var_dir = Path(tempfile.mkdtemp(prefix="acton-tests-"))
# Tests fork workers, which inherit this hook; only the process that made the folder removes it.
_owner = os.getpid()
atexit.register(lambda: os.getpid() == _owner and shutil.rmtree(_var_dir, ignore_errors=True))

os.environ.update(VAR_DIR=str(_var_dir), DEBUG="on", PUBLIC_BASE_URL="http://127.0.0.1:8000")
# The machine that runs the tests may have a full disk, and says nothing of it.
os.environ["DISK_ALARM_SHARE"] = "2"
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_var_dir / 'app.sqlite3'}")
os.environ.setdefault("REDIS_URL", "")
if os.environ["REDIS_URL"]:
    # Tests that run side by side have databases of their own, and so must their messages: a worker
    # that took another's would find no run of that number, and nobody would ring again.
    _server, _, _ = os.environ["REDIS_URL"].rpartition("/")
    _number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["REDIS_URL"] = f"{_server}/{int(_number) % 16}"

from acton_connector.settings import *  # noqa: E402, F403 - the environment comes first
from acton_connector.settings import DATABASES  # noqa: E402

# Strong hashing is slow by design, and no test logs in with a stolen table.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A connection that a live server's thread keeps would hold the test database at its removal.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: an in-memory database has one connection and no races.
    DATABASES["default"]["TEST"] = {"NAME": str(_var_dir / "test.sqlite3")}
