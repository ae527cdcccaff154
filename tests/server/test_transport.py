"""How connections end: no answer lost because its client was still sending, none kept for who does not read it."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.server.raw import answer, connected, problem
from tests.service import running_app

WRITE_SECONDS = 0.6
LARGE = 30_000_000
MEGABYTE = b"f4240\r\n" + bytes(1_000_000) + b"\r\n"


async def unread(request: Request) -> Response:
    return PlainTextResponse("not read", 403)


async def large(request: Request) -> Response:
    return Response(bytes(LARGE))


def app() -> Starlette:
    return Starlette(routes=[Route("/unread", unread, methods=["POST"]), Route("/large", large)])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_app(app(), write_seconds=WRITE_SECONDS) as url:
        yield url


def get_large(connection: socket.socket, *headers: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
    connection.sendall(b"\r\n".join([b"GET /large HTTP/1.1", b"Host: x", *headers, b"", b""]))


@pytest.mark.parametrize("length", [b"Content-Length: 30000000", b"Transfer-Encoding: chunked"], ids=repr)
def test_who_is_still_sending_reads_the_refusal_and_is_told_that_the_connection_ends(url: str, length: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST /unread HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n\r\n")
        for _ in range(30):
            connection.sendall(MEGABYTE if b"chunked" in length else bytes(1_000_000))
        status, headers, _ = answer(connection)
        assert (status, headers["connection"]) == (403, "close")
        assert connection.recv(1) == b""  # the end, and no reset


def test_nonsense_in_the_middle_of_a_body_is_told_to_who_is_still_sending(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: zip\r\n\r\n")
        for _ in range(30):
            connection.sendall(MEGABYTE)
        assert problem(connection) == (400, "malformed_request")
        assert connection.recv(1) == b""


def test_a_refusal_of_a_request_that_is_here_whole_keeps_the_connection(url: str) -> None:
    with connected(url) as connection:
        for _ in range(2):
            connection.sendall(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
            status, headers, _ = answer(connection)
            assert (status, "connection" in headers) == (403, False)


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\n", b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"],
    ids=["half a head", "a refused body"],
)
def test_a_server_that_stops_does_not_wait_for_the_rest(sent: bytes) -> None:
    with ExitStack() as client:
        with running_app(app()) as url:
            connection = client.enter_context(connected(url))
            connection.sendall(sent)
            connection.settimeout(0.3)
            with suppress(TimeoutError):
                connection.recv(1)
            begin = time.monotonic()
        assert time.monotonic() - begin < 3


@pytest.mark.parametrize("headers", [[], [b"Connection: close"]], ids=["kept alive", "to be closed"])
def test_who_does_not_read_an_answer_loses_it(url: str, headers: list[bytes]) -> None:
    with connected(url) as connection:
        get_large(connection, *headers)
        time.sleep(4 * WRITE_SECONDS)
        assert received(connection) < LARGE


@pytest.mark.parametrize("headers", [[], [b"Connection: close"]], ids=["kept alive", "to be closed"])
def test_who_reads_an_answer_slowly_gets_it(url: str, headers: list[bytes]) -> None:
    begin = time.monotonic()
    with connected(url) as connection:
        get_large(connection, *headers)
        assert received(connection, pause=0.01) > LARGE
    assert time.monotonic() - begin > 2 * WRITE_SECONDS


def received(connection: socket.socket, pause: float = 0.0) -> int:
    """Bytes until the answer is there or the connection is gone."""
    count = 0
    try:
        while count < LARGE and (piece := connection.recv(1 << 17)):
            count += len(piece)
            time.sleep(pause)
    except ConnectionError:
        pass
    return count
