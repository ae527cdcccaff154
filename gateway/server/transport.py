"""The end of a connection: no answer is lost because its client was still sending, none is kept for who does not read it."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

LINGER_SECONDS: Final = 30.0
"""For a client that is still sending what nobody will read, to find its answer."""
WRITE_BYTES: Final = 512 * 1024
"""What a client that lags behind its answer must take at least, in the time it has for that: in a minute, 70 kbit/s."""


class PatientTransport:
    """A transport whose `close` waits for a client in the middle of its request, and whose writes do not wait forever.

    Closing a socket with unread bytes resets the connection, and a reset may overtake the answer. While `sending()`,
    `close` therefore ends only our side and leaves the protocol to throw away what still comes (RFC 9112, 9.6).
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        sending: Callable[[], bool],
        write_seconds: float,
    ) -> None:
        self.lingering = False
        self._transport = transport
        self._loop = loop
        self._sending = sending
        self._write_seconds = write_seconds
        self._written = 0
        self._lingers: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """As the transport's; nothing once the connection ends: not every writer has heard of it yet."""
        if not self.is_closing():
            self._written += len(data)
            self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing more can be written."""
        return self.lingering or self._transport.is_closing()

    def close(self) -> None:
        """Closes once the client has stopped sending or its time is over; called again, at once."""
        if self._transport.is_closing():
            return
        self.watch_writes()
        if self.lingering or not self._sending():
            self._transport.close()
            return
        self.lingering = True
        self._transport.write_eof()
        self._transport.resume_reading()
        self._lingers = self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    def lost(self) -> None:
        """The connection is gone."""
        self.unwatch_writes()
        if self._lingers is not None:
            self._lingers.cancel()

    def watch_writes(self) -> None:
        """Drops the connection once too little of what is written has been taken for too long."""
        if self._watch is None:
            self._watch = self._loop.call_later(self._write_seconds, self._look, self._taken())

    def unwatch_writes(self) -> None:
        """The client has caught up."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _look(self, before: int) -> None:
        self._watch = None
        if self._taken() == self._written:
            return
        if self._taken() - before < WRITE_BYTES:
            self._transport.abort()
        else:
            self.watch_writes()

    def _taken(self) -> int:
        return self._written - self._transport.get_write_buffer_size()
