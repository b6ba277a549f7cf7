"""Under which name the organisation can be reached."""

import socket

from salesforce_simulator.transport.server import loopback_name


def test_name_is_localhost_when_the_machine_resolves_it(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert loopback_name() == "localhost"


def test_name_is_the_address_when_the_machine_has_no_hosts_file(monkeypatch):
    def ask_a_name_server(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", ask_a_name_server)
    assert loopback_name() == "127.0.0.1"
