"""A problem as bytes, for who cannot be answered by the application."""

from collections.abc import Iterable
from http import HTTPStatus
from uuid import uuid4

import msgspec

from gateway.errors import GatewayError, problem


def answer(error: GatewayError, defaults: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A whole HTTP/1.1 response that ends its connection, with the header fields `defaults` and an id of its own."""
    name = uuid4().hex
    body = msgspec.json.encode(problem(error, name))
    headers = {
        "content-type": "application/problem+json",
        "content-length": str(len(body)),
        "connection": "close",
        "x-request-id": name,
        **({} if error.retry_after is None else {"retry-after": str(error.retry_after)}),
    }
    lines = [
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode(),
        *(b"%b: %b" % pair for pair in defaults),
        *(f"{key}: {value}".encode() for key, value in headers.items()),
    ]
    return b"\r\n".join([*lines, b"", body])
