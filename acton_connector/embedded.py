"""What a single machine needs before anyone has configured it: a folder and two secrets.

In embedded mode (no key in the environment) the secrets are made on the first start and kept
under `var/`, readable by their owner alone.
"""

import base64
import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def make_secret_key() -> str:
    """Return a new value for `SECRET_KEY`."""
    return secrets.token_urlsafe(48)


def make_encryption_keys() -> str:
    """Return a new value for `FIELD_ENCRYPTION_KEYS`: one key of 256 bits, `id:base64`."""
    return "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def read_or_make_secret(path: Path, make: Callable[[], str], *, name: str, debug: bool) -> str:
    """Return the secret kept in `path`, making it first where `DEBUG` allows that.

    Raises ImproperlyConfigured, with a sentence for the operator, when `DEBUG` is off and no
    secret was given: a production system must not invent keys that nobody has saved.
    """
    if path.exists():
        return path.read_text().strip()
    if not debug:
        raise ImproperlyConfigured(
            f"{name} is not set. With DEBUG off the application does not make secrets by itself: "
            f"put {name} into the environment or .env (see .env.example)."
        )
    value = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
    # Of two processes that start together the first link wins and both read the same secret.
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text().strip()
