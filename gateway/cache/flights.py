"""Identical work that is asked for at the same time is done once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from gateway.progress.events import Event, Tell
from gateway.telemetry import tracing
from gateway.telemetry.trace_context import TraceContext

T = TypeVar("T")


class Landed(NamedTuple, Generic[T]):
    """What came of it, and whether somebody else had asked for it first; `first` is the span of whoever that was."""

    value: T
    joined: bool
    first: TraceContext | None


@dataclass
class _Flight(Generic[T]):
    task: "asyncio.Task[T]"
    tells: list[Tell] = field(default_factory=list)
    first: TraceContext | None = field(default_factory=tracing.here)


class Flights(Generic[T]):
    """Work under way, by key.

    It runs in a task of its own: who gives up leaves the others alone, and the last one to give up ends it. What it raises
    reaches all who wait. Nothing is kept once it is done.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[T]] = {}

    async def run(self, key: Hashable, work: Callable[[Tell], Awaitable[T]], tell: Tell) -> Landed[T]:
        """The result of `work`, which is given a `tell` that reaches everybody who waits for it."""
        flight = self._flights.get(key)
        joined = flight is not None
        if flight is None:
            flight = self._begin(key, work)
        flight.tells.append(tell)
        try:
            return Landed(await asyncio.shield(flight.task), joined, flight.first)
        finally:
            flight.tells.remove(tell)
            if not flight.tells:
                self._end(key, flight)

    def _begin(self, key: Hashable, work: Callable[[Tell], Awaitable[T]]) -> _Flight[T]:
        tells: list[Tell] = []

        def tell_all(event: Event) -> None:
            for tell in tuple(tells):
                tell(event)

        async def flown() -> T:
            return await work(tell_all)

        flight = _Flight(asyncio.create_task(flown()), tells)
        self._flights[key] = flight
        flight.task.add_done_callback(lambda task: self._end(key, flight))
        return flight

    def _end(self, key: Hashable, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.task.done():
            flight.task.cancel()
        elif not flight.task.cancelled():
            flight.task.exception()  # those who waited have heard of it
