"""One connection, bounded: how many there are, how long and large a head may be, how long nothing may happen."""

import asyncio
from typing import Any, Final, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.errors import GatewayError, HeadTooLarge, MalformedRequest, Overloaded, RequestTimeout, URITooLong, problem
from gateway.server import refusal

MAX_URI: Final = 8192
MAX_HEAD: Final = 32768
MAX_HEADERS: Final = 100
HEAD_SECONDS: Final = 10.0
DRAIN_SECONDS: Final = 10.0
"""After an answer, for the rest of a body that nobody reads: closed at once, many clients would not see the answer."""
WRITE_SECONDS: Final = 60.0
"""For a client to take what was sent to it, 64 KiB at a time."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's, with the bounds above and `most` connections; one more is answered with 503."""

    def __init__(
        self,
        *args: Any,
        most: int,
        head_seconds: float = HEAD_SECONDS,
        write_seconds: float = WRITE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._most = most
        self._head_seconds = head_seconds
        self._write_seconds = write_seconds
        self._refusal: GatewayError | None = None
        self._in_head = True
        self._head = 0
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's."""
        super().connection_made(transport)
        if len(self.connections) > self._most:
            self._refusal = Overloaded(f"All {self._most} connections are taken; try again shortly.")
        self._after("head", self._head_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        for name in list(self._timers):
            self._stop(name)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's; of a head, no more is read than may be kept."""
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head += len(data)
            self._after("head", self._head_seconds, self._head_is_late)
        super().data_received(data)
        if self._in_head and self._head > 2 * MAX_HEAD:
            self._end(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self._stop("close")

    def on_url(self, url: bytes) -> None:
        """A part of its address."""
        if len(self.url) + len(url) > MAX_URI:
            self._refusal = self._refusal or _TOO_LONG
            url = url[: max(MAX_URI - len(self.url), 0)]
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; beyond the bounds it is dropped, and the request with it."""
        if len(self.headers) >= MAX_HEADERS or self._size + len(name) + len(value) > MAX_HEAD:
            self._refusal = self._refusal or _TOO_LARGE
            return
        super().on_header(name, value)

    @property
    def _size(self) -> int:
        return sum(len(name) + len(value) for name, value in self.headers)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head, self._head = False, 0
        self._stop("head")
        if self._refusal is not None:
            refusal.put(cast(dict[str, Any], self.scope), self._refusal)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there."""
        self._in_head = True
        super().on_message_complete()
        if self._refusal is None:
            self._stop("close")

    def on_response_complete(self) -> None:
        """The answer is out, whether the body is there or not."""
        if not self._in_head or self._refusal is not None:
            self._after("close", DRAIN_SECONDS if self._refusal is None else 1.0, self.transport.close)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client is slower than we are."""
        super().pause_writing()
        self._after("write", self._write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It has taken what was sent."""
        super().resume_writing()
        self._stop("write")

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so in our format."""
        self._end(MalformedRequest("This is not a request in HTTP/1.1."))

    def _head_is_late(self) -> None:
        if self._head:
            self._end(RequestTimeout(f"The head of the request was not there within {self._head_seconds:g} seconds."))
        else:
            self.transport.close()

    def _end(self, error: GatewayError) -> None:
        """Answers without the application, and closes: what comes next on this connection cannot be understood."""
        if not self.transport.is_closing():
            self.transport.write(_raw(error))
            self.transport.close()

    def _after(self, name: str, seconds: float, action: Any) -> None:
        """Once, `seconds` after the first time that this is asked for."""
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, action)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


_TOO_LONG: Final = URITooLong(f"The address has more than {MAX_URI} bytes.", limit=MAX_URI)
_TOO_LARGE: Final = HeadTooLarge(f"The headers are more than {MAX_HEADERS} or {MAX_HEAD} bytes.", limit=MAX_HEAD)


def _raw(error: GatewayError) -> bytes:
    body = msgspec.json.encode(problem(error, ""))
    head = (
        f"HTTP/1.1 {error.status} {error.title}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
