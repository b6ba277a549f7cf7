"""The command line: starts the organisation and tells on one line of JSON where it is.

The line on standard output means *ready*; nothing else is printed there. SIGTERM and SIGINT end the
process with status 0. A second start on the same directory finds the data of the first.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

import orjson

from salesforce_simulator.organisation.organisation import Organisation
from salesforce_simulator.protocols.application import build
from salesforce_simulator.seeds.connected_app import ConnectorApp, ensure_connector_app
from salesforce_simulator.transport.certificates import ServerCertificate, ensure_certificate
from salesforce_simulator.transport.fault_rules import FaultScript, FaultScriptError
from salesforce_simulator.transport.server import listen, loopback_name, start

_LOG_BYTES = 5_000_000
_CREDENTIALS = "credentials.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the organisation until a signal ends it; return the exit status."""
    options = _parse(arguments)
    try:
        options.faults = _read_faults(options.faults)
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"--faults: {problem}\n")
        return 2
    directory: Path = options.data
    directory.mkdir(parents=True, exist_ok=True)
    _log_to(directory / "requests.log")
    try:
        organisation = Organisation.open(directory, seed=options.seed)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    try:
        asyncio.run(_serve(organisation, options))
    except FaultScriptError as problem:
        sys.stderr.write(f"--faults: {problem}\n")
        return 2
    except OSError as problem:
        sys.stderr.write(f"Cannot listen: {problem}\n")
        return 1
    finally:
        organisation.close()
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m salesforce_simulator",
        description="A Salesforce organisation on this machine, over HTTPS on loopback only.",
    )
    parser.add_argument("--port", type=int, default=0, help="HTTPS port; 0 picks a free one")
    parser.add_argument("--http-port", type=int, help="plain HTTP port too; 0 picks a free one")
    parser.add_argument("--data", type=Path, required=True, help="directory of the organisation")
    parser.add_argument(
        "--seed", default="demo", help="demo, or leads:N[,contacts:M]; only for a new directory"
    )
    parser.add_argument(
        "--control", action="store_true", help="serve /__control__/ for tests: faults, calls, clock"
    )
    parser.add_argument(
        "--faults", type=Path, help="file with a fault script that breaks calls from the start"
    )
    parser.add_argument(
        "--callback-url", action="append", default=[], help="one more for the connector's app"
    )
    return parser.parse_args(arguments)


def _read_faults(path: Path | None) -> FaultScript | None:
    return None if path is None else FaultScript.from_json(orjson.loads(path.read_bytes()))


def _log_to(path: Path) -> None:
    handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


async def _serve(organisation: Organisation, options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    certificate = ensure_certificate(options.data)
    connector = ensure_connector_app(organisation, options.data, options.callback_url)
    _write_credentials(options.data / _CREDENTIALS, organisation)
    app = build(organisation, options.data, with_control=options.control, faults=options.faults)
    runner = await start(app)
    try:
        port = await listen(runner, options.port, certificate.ssl_context())
        http_port = None
        if options.http_port is not None:
            http_port = await listen(runner, options.http_port)
        ready = {
            **_ready(organisation, options, certificate, port, http_port),
            "oauth": _oauth(connector, organisation),
        }
        sys.stdout.write(orjson.dumps(ready).decode() + "\n")
        sys.stdout.flush()
        await stopped.wait()
    finally:
        await runner.cleanup()


def _ready(
    organisation: Organisation,
    options: argparse.Namespace,
    certificate: ServerCertificate,
    port: int,
    http_port: int | None,
) -> dict[str, object]:
    name = loopback_name()
    return {
        "url": f"https://{name}:{port}",
        "http_url": None if http_port is None else f"http://{name}:{http_port}",
        "ca_file": str(certificate.ca_file.absolute()),
        **organisation.credentials(),
        "credentials_file": str((options.data / _CREDENTIALS).absolute()),
        "organization_id": organisation.id,
        "data": str(options.data.absolute()),
        "seed": organisation.seed,
        "leads": organisation.record_count("Lead"),
        "contacts": organisation.record_count("Contact"),
    }


def _oauth(connector: ConnectorApp, organisation: Organisation) -> dict[str, object]:
    """Return what a client needs to log users in through the connector's app."""
    return {
        "client_id": connector.app.client_id,
        "client_secret": connector.app.client_secret,
        "callback_urls": connector.app.callback_urls,
        "jwt_key_file": str(connector.key_file.absolute()),
        "jwt_username": organisation.credentials()["username"],
    }


def _write_credentials(path: Path, organisation: Organisation) -> None:
    """Write user name, password and security token of every user, for this machine's user alone."""
    path.touch(mode=0o600)
    path.write_bytes(orjson.dumps(organisation.users.all_credentials(), option=orjson.OPT_INDENT_2))
