"""One connection, bounded: how many there are, how long and large a head may be, how long nothing may happen."""

import asyncio
from typing import Any, Final, cast
from uuid import uuid4

import httptools
import msgspec
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.client import found, network
from gateway.errors import GatewayError, HeadTooLarge, MalformedRequest, Overloaded, RequestTimeout, URITooLong, problem
from gateway.room import Room
from gateway.server import refusal
from gateway.server.transport import PatientTransport

MAX_URI: Final = 8192
MAX_HEAD: Final = 32768
"""Bytes of address and headers; also of whatever else is neither head nor body, such as trailers."""
MAX_HEADERS: Final = 100
MAX_PIPELINED: Final = 16
"""Requests sent ahead of their turn."""
HEAD_SECONDS: Final = 10.0
"""From a connection's opening, later from a head's first byte, to the head's end."""
WRITE_SECONDS: Final = 60.0
"""For a client that lags behind its answer to take another WRITE_BYTES of it."""

_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
_PROBES: Final = b"/health/"
"""Whoever watches the service is heard even when it has too many clients."""
_log = structlog.get_logger(__name__)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's, with the bounds above, and with room for connections, shared by address unless all are the proxies'.

    On those for which there is no room among the `served`, requests are answered with 503; those for which there is none
    among the `present`, of which there may be more, are dropped. A request that can be
    understood is refused by the application, see `refusal`; only what cannot be is answered here.
    """

    def __init__(
        self,
        *args: Any,
        served: Room,
        present: Room,
        proxied: bool = False,
        head_seconds: float = HEAD_SECONDS,
        write_seconds: float = WRITE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._served, self._present = served, present
        self._proxied = proxied
        self._who = ""
        self._places: list[Room] = []  # in which this connection has one
        self._head_seconds = head_seconds
        self._write_seconds = write_seconds
        self._excess = False
        self._midway = False  # between the first byte of a request and its last
        self._in_head = True  # or before one
        self._framing: list[bytes] = []  # the header lines of the request that tell where its body ends
        self._repeating = False
        self._stray = 0  # bytes since a head was complete or a piece of a body came
        self._head_clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's; the clock for the first head runs."""
        self._patient = PatientTransport(transport, self.loop, lambda: self._midway, self._write_seconds)
        super().connection_made(cast(asyncio.Transport, self._patient))
        peer = self.client[0] if self.client else ""
        self._who = "" if self._proxied else network(found(peer, (), proxies=0).address)
        self._start_head_clock()
        self._excess = not (self._has_place(self._present) and self._has_place(self._served))
        if not self._places:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's; no clock runs any more."""
        self._stop_head_clock()
        self._patient.lost()
        for room in self._places:
            room.give_back(self._who, 1)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """As uvicorn's; a server that stops lingers for nobody."""
        super().shutdown()
        if self._patient.lingering:
            self._patient.close()

    def pause_writing(self) -> None:
        """The client lags behind its answer."""
        super().pause_writing()
        self._patient.watch_writes()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        if not self._patient.is_closing():
            self._patient.unwatch_writes()

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, for bytes that somebody will read."""
        if self._patient.is_closing():
            return
        self._stray += len(data)
        if self._in_head:  # empty lines before a request begin none, but take time as well
            self._start_head_clock()
        self._unset_keepalive_if_required()
        self._feed(data)
        if self._stray > MAX_HEAD:
            self._end(_TOO_LARGE)

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")

    def _decline(self, rest: bytes) -> None:
        """Goes on in HTTP/1.1 with a request that offered another protocol, as curl --http2 and Java's client do.

        The parser has stopped behind the head. A new one is told of the body by a head that nobody hears of.
        """
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._repeating = True
        self._feed(b"".join([b"POST / HTTP/1.1\r\n", *self._framing, b"\r\n"]))
        if rest and not self._patient.is_closing():
            self._feed(rest)

    def on_message_begin(self) -> None:
        """A request begins, maybe behind another in the same piece."""
        if self._repeating:
            return
        super().on_message_begin()
        self._midway = True
        self._start_head_clock()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        if not self._repeating:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; trailers come the same way, and must not pass for one."""
        if self._in_head and not self._repeating:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there, and judged before anything is done for it."""
        if self._repeating:
            self._repeating = False
            return
        self._stop_head_clock()
        self._in_head, self._stray = False, 0
        if self._patient.is_closing():
            return
        self._framing = [name + b": " + value + b"\r\n" for name, value in self.headers if name in _FRAMING]
        error = self._judged()
        if error is not None:
            refusal.put(cast(dict[str, Any], self.scope), error)
            self.url = self.url[:MAX_URI]
            del self.headers[MAX_HEADERS:]
        if self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False  # which such a client does not understand
        super().on_headers_complete()
        if self._excess:
            self.cycle.keep_alive = False
        if len(self.pipeline) > MAX_PIPELINED:
            self._patient.abort()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._stray = 0
        if not self._patient.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there; a client that was refused in its middle has nothing more to say.

        The parser says so, too, where it has stopped before the body: see `_decline`.
        """
        if self.parser.should_upgrade():
            return
        self._midway, self._in_head, self._stray = False, True, 0
        if self._patient.is_closing():
            self._patient.close()
        else:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for bytes that are not HTTP."""
        self._midway = True
        self._end(MalformedRequest("This is not a request in HTTP/1.1."))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """As uvicorn's; an answer to a request that is not here whole ends the connection, and says so."""

        async def closing(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_closing(message: Message) -> None:
                if message["type"] == "http.response.start" and cycle.more_body:
                    cycle.keep_alive = False
                await send(message)

            await cast(ASGIApp, app)(scope, receive, send_closing)

        super()._start_asgi_task(cycle, cast(Any, closing))

    def _judged(self) -> GatewayError | None:
        """What speaks against the request whose head is there."""
        if len(self.url) > MAX_URI:
            return URITooLong(
                f"The address has {len(self.url)} bytes; {MAX_URI} are allowed.", limit=MAX_URI, actual=len(self.url)
            )
        if len(self.headers) > MAX_HEADERS:
            count = len(self.headers)
            return HeadTooLarge(
                f"There are {count} headers; {MAX_HEADERS} are allowed.", limit=MAX_HEADERS, actual=count
            )
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD:
            return _TOO_LARGE
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            return MalformedRequest("HTTP/1.0 and HTTP/1.1 are spoken here.", allowed=("1.0", "1.1"))
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            return MalformedRequest("A request names one host.")
        if self._excess and not self.url.startswith(_PROBES):
            return Overloaded("Too many connections are open, of this client or of all; try again shortly.")
        return None

    def _has_place(self, room: Room) -> bool:
        """Whether the connection has a place there, which it keeps until it is lost."""
        if not room.fits(self._who, 1):
            return False
        room.take(self._who, 1)
        self._places.append(room)
        return True

    def _head_is_late(self) -> None:
        self._head_clock = None
        if self._midway:
            self._end(RequestTimeout(f"The head of the request was not there within {self._head_seconds:g} seconds."))
        else:
            self._patient.close()

    def _end(self, error: GatewayError) -> None:
        """Answers without the application, and closes: what comes next on this connection cannot be understood.

        Behind a request whose answer is still due, or under way, the answer would be taken for that one's: closes only.
        """
        if self._patient.is_closing():
            return
        name = uuid4().hex
        _log.info("refused", code=error.code, status=error.status, detail=error.detail, request_id=name)
        if self.cycle is not None and not self.cycle.response_complete:
            if self.cycle.response_started or not self.cycle.more_body:
                self._patient.abort()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._patient.write(_raw(error, name))
        self._patient.close()

    def _start_head_clock(self) -> None:
        if self._head_clock is None:
            self._head_clock = self.loop.call_later(self._head_seconds, self._head_is_late)

    def _stop_head_clock(self) -> None:
        if self._head_clock is not None:
            self._head_clock.cancel()
            self._head_clock = None


_TOO_LARGE: Final = HeadTooLarge(
    f"The headers, or trailers, are larger than the {MAX_HEAD} bytes allowed.", limit=MAX_HEAD
)


def _raw(error: GatewayError, name: str) -> bytes:
    body = msgspec.json.encode(problem(error, name))
    head = (
        f"HTTP/1.1 {error.status} {error.title}\r\nContent-Type: application/problem+json\r\nX-Request-ID: {name}\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
