"""HTTP as bytes on a socket, for requests that no client library would send."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 20.0
"""No test waits longer for a byte."""


@dataclass(frozen=True)
class Answer:
    """One response; header names in lower case. `trailing` are the bytes behind it."""

    status: int
    headers: dict[str, str]
    body: bytes
    trailing: bytes = b""

    def problem(self, status: int, code: str) -> dict[str, object]:
        """The problem it holds, after checking that it is one of ours and complete."""
        assert (self.status, self.headers["content-type"]) == (status, "application/problem+json"), self
        problem: dict[str, object] = json.loads(self.body)
        assert (problem["status"], problem["code"]) == (status, code)
        assert problem["title"] and problem["detail"]
        assert problem["request_id"] == self.headers["x-request-id"]
        return problem


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """A connection to the server at `url`."""
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=SECONDS) as connection:
        yield connection


def exchange(url: str, sent: bytes) -> Answer:
    """What is answered to `sent` on a connection of its own."""
    with connected(url) as connection:
        connection.sendall(sent)
        return answer(connection)


def answer(connection: socket.socket, begun: bytes = b"", bodiless: bool = False) -> Answer:
    """The next response; `begun` are bytes of it that were read before."""
    while b"\r\n\r\n" not in begun:
        begun += some(connection)
    head, _, body = begun.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    length = 0 if bodiless else int(headers.get("content-length", "0"))
    while len(body) < length:
        body += some(connection)
    return Answer(int(line.split()[1]), headers, body[:length], body[length:])


def some(connection: socket.socket) -> bytes:
    """At least one byte."""
    data = connection.recv(65536)
    assert data, "the connection was closed without an answer"
    return data


def is_closed(connection: socket.socket) -> bool:
    """Whether the server ends the connection, cleanly and without another byte."""
    return connection.recv(1) == b""


def is_gone(connection: socket.socket) -> bool:
    """Whether the server ends the connection, by whatever means, without another byte."""
    try:
        return is_closed(connection)
    except ConnectionError:
        return True
