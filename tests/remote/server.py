"""An https server of pictures and of mischief, on loopback, with a certificate of its own authority."""

import os
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

from tests.photos import photo

HOST = "pictures.example"
JPEG = photo("chelsea")


@dataclass
class Pictures:
    """A running server; `seen` are the paths and headers that it was asked."""

    port: int
    trust: ssl.SSLContext
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    open: int = 0
    """Requests under way."""

    def url(self, path: str) -> str:
        return f"https://{HOST}:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pictures: Pictures

    def do_GET(self) -> None:
        self.pictures.seen.append((self.path, dict(self.headers)))
        self.pictures.open += 1
        with suppress(OSError):  # clients that had enough
            getattr(self, f"on_{self.path.strip('/').partition('?')[0].replace('-', '_')}", self.on_nothing)()
        self.pictures.open -= 1

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _lead(self, to: str) -> None:
        self._answer(302, Location=to)

    def on_cat(self) -> None:
        self._answer(200, JPEG)

    def on_nothing(self) -> None:
        self._answer(404)

    def on_empty(self) -> None:
        self._answer(200)

    def on_gzip(self) -> None:
        self._answer(200, JPEG, Content_Encoding="gzip")

    def on_announced(self) -> None:
        self._answer(200, b"x", Content_Length="999999999")

    def on_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(bytes(65536))

    def on_drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x")
            time.sleep(0.05)

    def on_headers(self) -> None:
        self.send_response(200)
        for number in range(5000):
            self.send_header(f"X-{number}", "x" * 100)
        self.end_headers()

    def on_garbage(self) -> None:
        self.wfile.write(b"\x00\xff\r\n\r\n")
        self.close_connection = True

    def on_once(self) -> None:
        self._lead("/cat")

    def on_thrice(self) -> None:
        self._lead("/twice")

    def on_twice(self) -> None:
        self._lead("/once")

    def on_loop(self) -> None:
        self._lead("/loop")

    def on_to_http(self) -> None:
        self._lead("http://pictures.example/cat")

    def on_to_private(self) -> None:
        self._lead(f"https://private.example:{self.pictures.port}/cat")

    def on_to_file(self) -> None:
        self._lead("file:///etc/passwd")

    def on_to_port(self) -> None:
        self._lead("https://pictures.example:22/")

    def on_to_brackets(self) -> None:
        self._lead("https://[::1/")

    def on_to_umlaut(self) -> None:
        self._lead("/ä".encode().decode("latin-1"))  # UTF-8 as it is, as many servers send it

    def on_interim(self) -> None:
        while True:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500)

    def on_crumbs(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"1\r\nx\r\n" * 500)

    def on_torn(self) -> None:
        self.send_response(200)
        self.end_headers()
        os.write(self.connection.fileno(), bytes(100))  # beneath TLS

    def log_message(self, *args: object) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Refused handshakes are expected."""


@contextmanager
def running_pictures(*names: str) -> Iterator[Pictures]:
    """A server whose certificate is for `names`."""
    authority = trustme.CA()
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(own)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        pictures = handler.pictures = Pictures(server.server_port, trust)
        server.socket = own.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield pictures
        server.shutdown()
        thread.join()
