import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from salesforce_simulator.transport import certificates
from salesforce_simulator.transport.certificates import ensure_certificate


def handshake(directory, server_name):
    """Return the TLS version that a client which trusts only our authority agrees on."""
    files = ensure_certificate(directory)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            try:
                files.ssl_context().wrap_socket(connection, server_side=True).close()
            except OSError:
                return  # the client has refused the certificate

    server = threading.Thread(target=serve)
    server.start()
    client = ssl.create_default_context(cafile=files.ca_file)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        with (
            socket.create_connection(listener.getsockname()) as plain,
            client.wrap_socket(plain, server_hostname=server_name) as tls,
        ):
            return tls.version()
    finally:
        server.join(timeout=10)
        listener.close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_certificate_is_accepted_by_a_strict_client_when_its_authority_is_trusted(tmp_path, name):
    assert handshake(tmp_path, name) == "TLSv1.3"


def test_certificate_is_refused_when_the_name_is_not_a_loopback_name(tmp_path):
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, "example.com")


def test_certificate_stays_the_same_when_the_directory_is_used_again(tmp_path):
    before = ensure_certificate(tmp_path).ca_file.read_bytes()
    assert ensure_certificate(tmp_path).ca_file.read_bytes() == before


def test_certificate_is_renewed_when_it_is_near_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "_LIFETIME", timedelta(days=10))
    before = ensure_certificate(tmp_path).ca_file.read_bytes()
    monkeypatch.undo()
    files = ensure_certificate(tmp_path)
    assert files.ca_file.read_bytes() != before
    end = x509.load_pem_x509_certificate(files.certificate_file.read_bytes()).not_valid_after_utc
    assert end > datetime.now(UTC) + timedelta(days=300)


def test_private_key_is_readable_by_its_owner_only(tmp_path):
    mode = ensure_certificate(tmp_path).key_file.stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
