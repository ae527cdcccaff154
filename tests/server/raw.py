"""HTTP by hand."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit


@contextmanager
def connected(url: str, own: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A connection from its `own` address; its reads give up after ten seconds."""
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 10, (own, 0)) as connection:
        yield connection


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the next answer; status 0 where the connection was closed instead."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):  # byte by byte: what follows is the next answer's
        byte = _received(connection, 1)
        if not byte:
            return 0, {}, head
        head += byte
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = b""
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(int(headers["content-length"]) - len(body))
    return int(first.split()[1]), headers, body


def problem(connection: socket.socket) -> tuple[int, Any]:
    """Status and code of the next answer, which is a problem."""
    status, headers, body = answer(connection)
    assert headers.get("content-type") == "application/problem+json", (status, headers, body)
    content = json.loads(body)
    assert content["status"] == status
    return status, content["code"]


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side closes within the time-out, whatever it still sends."""
    try:
        while _received(connection):
            pass
    except TimeoutError:
        return False
    return True


def _received(connection: socket.socket, size: int = 65536) -> bytes:
    try:
        return connection.recv(size)
    except ConnectionResetError:
        return b""
