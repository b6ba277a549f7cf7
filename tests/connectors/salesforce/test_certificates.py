"""Servers that cannot prove who they are, or speak too old a TLS."""

import ipaddress
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.salesforce import (
    CertificateError,
    Grant,
    NetworkError,
    RetryPolicy,
    SalesforceClient,
)
from salesforce_simulator.transport.certificates import ensure_certificate
from tests.connectors.salesforce.conftest import ORGANISATION_ID, USER_ID, answer, serve

ONCE = RetryPolicy(budget_seconds=-1)


def expired_context(directory):
    """Make a self-signed certificate that ended yesterday; return its server context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    loopback = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(loopback), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (directory / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    (directory / "expired.pem").write_bytes(certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "expired.pem", directory / "key.pem")
    return context


@pytest.mark.fault("F56")
@pytest.mark.threat("T28")
def test_certificate_is_refused_when_nobody_vouches_for_it(peer, tmp_path):
    pauses = []
    strange_ca = str(ensure_certificate(tmp_path).ca_file)

    with (
        peer.client(ca_bundle=strange_ca, sleep=pauses.append) as client,
        pytest.raises(CertificateError) as caught,
    ):
        client.get("limits")

    assert not caught.value.retryable
    assert (peer.requests, pauses) == ([], [])


@pytest.mark.threat("T28")
def test_certificate_is_refused_when_no_authority_of_ours_is_given(peer):
    with peer.client(ca_bundle=None) as client, pytest.raises(CertificateError):
        client.get("limits")


@pytest.mark.fault("F56")
@pytest.mark.threat("T28")
def test_certificate_is_refused_when_it_has_expired(tmp_path):
    serving = serve(tmp_path, expired_context(tmp_path))
    peer = next(serving)

    with (
        peer.client(ca_bundle=str(tmp_path / "expired.pem")) as client,
        pytest.raises(CertificateError),
    ):
        client.get("limits")

    assert peer.requests == []
    serving.close()


@pytest.mark.fault("F56")
@pytest.mark.threat("T28")
def test_certificate_is_refused_when_it_names_another_host(peer, monkeypatch):
    host = f"acme.example:{peer.port}"
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", peer.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    grant = Grant("00D5e000000abcd!x", f"https://{host}", USER_ID, ORGANISATION_ID)
    network = peer.network(allowed_hosts=frozenset({host}))

    with SalesforceClient(grant, network=network) as client, pytest.raises(CertificateError):
        client.get("limits")

    assert peer.requests == []


@pytest.mark.threat("T28")
def test_connection_is_refused_when_the_server_speaks_only_old_tls(certificate_directory):
    context = ensure_certificate(certificate_directory).ssl_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    serving = serve(certificate_directory, context)
    peer = next(serving)
    peer.will(answer())

    with peer.client(retry=ONCE) as client, pytest.raises(NetworkError):
        client.get("limits")

    assert peer.requests == []
    serving.close()
