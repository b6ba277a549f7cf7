"""A receiver of webhooks on this machine: real HTTPS, and every way to misbehave."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from salesforce_simulator.transport.certificates import ensure_certificate


class Receiver:
    """Takes what is posted to `/hook`; `answer` says how: a status, or "drip" or "silence"."""

    def __init__(self, directory):
        certificate = ensure_certificate(directory)
        self.ca_file, self.answer = certificate.ca_file, 200
        self.received, self.connections = [], 0
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._server.context, self._server.receiver = certificate.ssl_context(), self
        self.port = self._server.server_address[1]
        self.host = f"localhost:{self.port}"
        self.url = f"https://{self.host}/hook?token=t"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def messages(self):
        return [json.loads(body) for _, _, body in self.received]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, client_address):
        self.receiver.connections += 1
        if self.receiver.answer == "no handshake":
            self.receiver.released.wait(30)
            return
        try:
            wrapped = self.context.wrap_socket(request, server_side=True)
            self.RequestHandlerClass(wrapped, client_address, self)
        except OSError:
            pass  # the client went away, as it should


def _handler_of(receiver):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append((self.path, dict(self.headers), body))
            if receiver.answer == "silence":
                receiver.released.wait(30)
            elif receiver.answer == "drip":
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
                    self.wfile.write(bytes([byte]))
                    if receiver.released.wait(0.05):
                        return
            else:
                self.send_response(receiver.answer)
                if receiver.answer in {301, 302, 307, 308}:
                    self.send_header("Location", f"https://{receiver.host}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_):
            pass

    return Handler


def is_signed(headers, body, secret, *, tolerance_seconds=300):
    """Check a signature as the README tells a receiver to."""
    parts = dict(part.split("=", 1) for part in headers["X-Act-On-Signature"].split(","))
    expected = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256)
    is_recent = abs(time.time() - int(parts["t"])) <= tolerance_seconds
    return is_recent and hmac.compare_digest(expected.hexdigest(), parts["v1"])
