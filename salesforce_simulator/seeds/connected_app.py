"""The app that a connector logs users in through, ready to use with every flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from salesforce_simulator.organisation.oauth.apps import App
from salesforce_simulator.organisation.oauth.signing_key import new_rsa_key, private_pem
from salesforce_simulator.organisation.organisation import Organisation

APP_NAME = "Act-On Connector"
_KEY_FILE = "connector-jwt-key.pem"
_CALLBACK_URLS = (
    "http://127.0.0.1:8000/salesforce/callback/",
    "http://localhost:8000/salesforce/callback/",
)
_LIFETIME = timedelta(days=3650)


@dataclass(frozen=True)
class ConnectorApp:
    """The app and the file with the private key of its certificate."""

    app: App
    key_file: Path


def ensure_connector_app(
    organisation: Organisation, directory: Path, callback_urls: Sequence[str] = ()
) -> ConnectorApp:
    """Return the connector's app of an organisation; make it when there is none.

    It is set up as a partner's app has to be, with PKCE and rotation. The
    integration user has approved it for data alone, so that assertions and
    client credentials work at once while a browser is still asked. Callback
    URLs given are added to those it has.
    """
    key_file = directory / _KEY_FILE
    username = organisation.credentials()["username"]
    app = organisation.apps.find_named(APP_NAME)
    if app is None:
        key = new_rsa_key()
        key_file.touch(mode=0o600)
        key_file.write_text(private_pem(key))
        app = organisation.apps.register(
            name=APP_NAME,
            callback_urls=_CALLBACK_URLS,
            rotates_refresh_tokens=True,
            run_as=username,
            certificate=_certificate(key),
        )
        user_id = organisation.users.get(username).id
        organisation.oauth.approvals.add(user_id, app, ("api",))
    more = tuple(url for url in callback_urls if url not in app.callback_urls)
    if more:
        app = organisation.apps.change(app.client_id, callback_urls=app.callback_urls + more)
    return ConnectorApp(app, key_file)


def _certificate(key: rsa.RSAPrivateKey) -> str:
    """Return a self-signed certificate of a key, as PEM."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, APP_NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
