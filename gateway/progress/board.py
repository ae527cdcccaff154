"""Where work says how far it is, and whoever knows its session reads along; bounded, and forgotten a while after the end."""

import asyncio
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gateway.errors import Overloaded
from gateway.progress.events import Event, Tell
from gateway.room import Room

MAX_SESSIONS: Final = 1024
MAX_EVENTS: Final = 64
MAX_FOLLOWERS: Final = 512
"""Half of the connections there are where nothing else is set: those who follow must not keep out those who send."""
LATE_SECONDS: Final = 5.0
"""Who comes without an event's id so long after the end is still told how it went."""
PATIENCE_SECONDS: Final = 600.0
"""For a follower of a session in which nothing happens."""
BEAT_SECONDS: Final = 15.0

Owner = tuple[str, str]
"""Whose session it is, and its id: who has another key follows another session of the same id."""


class Entry(NamedTuple):
    """An event as it is sent: `id` names it for Last-Event-ID."""

    id: str
    event: Event


@dataclass
class _Session:
    """The latest events of one session. `start` numbers the first event of the work that began last or still runs."""

    token: str = field(default_factory=lambda: secrets.token_hex(4))
    entries: deque[tuple[int, Event]] = field(default_factory=lambda: deque(maxlen=MAX_EVENTS))
    number: int = 0
    start: int = 1
    running: int = 0
    followers: int = 0
    ended: float = float("-inf")
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, event: Event) -> None:
        self.number += 1
        self.entries.append((self.number, event))
        self.wake()

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def after(self, number: int) -> list[tuple[int, Event]]:
        return [entry for entry in self.entries if entry[0] > number]

    @property
    def idle(self) -> bool:
        return not self.running and not self.followers


class Board:
    """Made inside a running event loop. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[Owner, _Session] = OrderedDict()
        self._followers = Room(MAX_FOLLOWERS)
        self._closed = False

    @contextmanager
    def work(self, owner: Owner, labels: dict[str, object]) -> Iterator[Tell]:
        """Work in the session of `owner` while the context lasts; each of its events carries `labels`.

        What is yielded may be called on any thread.
        """
        loop, session, over = asyncio.get_running_loop(), self._session(owner), asyncio.Event()
        if not session.running:
            session.start = session.number + 1
        session.running += 1

        def add(event: Event) -> None:
            if not over.is_set():  # a thread may not have noticed yet that its client has gone
                session.add(Event(event.name, {**event.data, **labels}))

        def tell(event: Event) -> None:
            loop.call_soon_threadsafe(add, event)

        try:
            yield tell
        finally:
            loop.call_soon(self._end, session, over)  # behind the events that were told on other threads

    def _end(self, session: _Session, over: asyncio.Event) -> None:
        over.set()
        session.running -= 1
        session.ended = self._clock()
        session.wake()

    def is_over(self, owner: Owner, last: str) -> bool:
        """Whether a follower who has seen the event `last` has seen everything, and nothing is under way."""
        session = self._sessions.get(owner)
        return session is not None and not session.running and last == f"{session.token}-{session.number}"

    def follow(self, owner: Owner, last: str = "", address: str = "") -> AsyncIterator[Entry | None]:
        """The events after `last`, until no work is left in the session; None now and then, to keep the line alive.

        Without `last`: those of the work under way, or of the work that ended just now, else of the work to come. Those who
        follow share the room by their keys, who has none by its `address`. Raises Overloaded, at once and not only when the
        first event is asked for.
        """
        key, _ = owner
        who = f"key {key}" if key else address
        if not self._followers.fits(who, 1):
            raise Overloaded(
                f"Of {MAX_FOLLOWERS} clients that may follow their progress there are too many, or too many of this one; "
                "try again shortly."
            )
        return self._followed(owner, last, who)

    async def _followed(self, owner: Owner, last: str, who: str) -> AsyncIterator[Entry | None]:
        session = self._session(owner)
        session.followers += 1
        self._followers.take(who, 1)
        try:
            async for entry in self._entries(session, last):
                yield entry
        finally:
            session.followers -= 1
            self._followers.give_back(who, 1)

    async def _entries(self, session: _Session, last: str) -> AsyncIterator[Entry | None]:
        patience = self._clock() + PATIENCE_SECONDS
        seen, began = self._seen(session, last), last.startswith(f"{session.token}-")
        while not self._closed and self._clock() < patience:
            changed = session.changed
            for number, event in session.after(seen):
                yield Entry(f"{session.token}-{number}", event)
                seen = number
                began = True
            began = began or bool(session.running)
            if began and not session.running and seen == session.number:
                return
            if changed is session.changed and not await _happens(changed):
                yield None

    def _seen(self, session: _Session, last: str) -> int:
        token, _, number = last.partition("-")
        if token == session.token and number.isdecimal() and len(number) < 20:
            return min(int(number), session.number)
        late = not session.running and self._clock() - session.ended > LATE_SECONDS
        return session.number if late else session.start - 1

    def _session(self, owner: Owner) -> _Session:
        session = self._sessions.setdefault(owner, _Session())
        self._sessions.move_to_end(owner)
        self._forget()
        return session

    def _forget(self) -> None:
        """Sessions in which nothing happens, from the oldest on, while there are too many."""
        for owner in list(self._sessions)[: max(len(self._sessions) - MAX_SESSIONS, 0)]:
            if self._sessions[owner].idle:
                del self._sessions[owner]

    def close(self) -> None:
        """Ends every follower's stream."""
        self._closed = True
        for session in self._sessions.values():
            session.wake()


async def _happens(changed: asyncio.Event) -> bool:
    """Whether `changed` comes before the next beat is due."""
    try:
        async with asyncio.timeout(BEAT_SECONDS):
            await changed.wait()
    except TimeoutError:
        return False
    return True
