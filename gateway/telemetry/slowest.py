"""The slowest of the requests that have ended lately."""

import heapq
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from gateway.stopwatch import STAGES, Lap
from gateway.telemetry.record import Record

MOST: Final = 50
"""Requests that are shown at most, and kept of each minute."""
MINUTES: Final = 10
"""The one that runs, and those before it."""
_PATH: Final = 200
_LAPS: Final = 100
"""What is kept of one request has a bound."""

Milliseconds = Annotated[float, Meta(ge=0, description="milliseconds")]
Stages = Annotated[
    dict[str, Milliseconds],
    Meta(
        description=f"milliseconds by stage: {'; '.join(f'{name}, {text}' for name, text in STAGES.items())}",
        extra_json_schema={"propertyNames": {"enum": list(STAGES)}},
    ),
]


class SlowLap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run of a stage; some run side by side."""

    stage: str
    what: Annotated[str, Meta(description="an effect's name, or empty")]
    begin: Annotated[float, Meta(ge=0, description="milliseconds from the request's beginning")]
    duration: Milliseconds


class SlowRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that took long; names that open something are hidden in its path."""

    began: datetime
    request_id: str
    trace_id: Annotated[str, Meta(description="empty where it was not traced")] = ""
    method: str
    path: str
    route: Annotated[str, Meta(description="the path's template; empty of what led nowhere")]
    status: Annotated[int, Meta(description="499 where the client was gone before its answer")]
    code: Annotated[str, Meta(description="of the problem that it was answered with, or empty")]
    seconds: Annotated[float, Meta(ge=0, description="until the last byte of the answer was taken")]
    sent: Annotated[int, Meta(ge=0, description="bytes of the answer's body")]
    model: str
    version: str
    outcome: Annotated[str, Meta(description="of a picture: hit, miss or coalesced")]
    stages: Stages
    laps: list[SlowLap]


class Slowest:
    """Of each of the last MINUTES the MOST slowest; an observer of requests. Probes and streams do not count.

    What is too fast for its minute's heap is too fast for all: those of the whole window are exact. `clock` is in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minutes: deque[tuple[int, list[tuple[float, int, SlowRequest]]]] = deque()
        self._number = count()  # tells requests apart that took equally long

    def observe(self, kept: Record) -> None:
        """One request that has ended."""
        if kept.is_probe or kept.is_stream:
            return
        self._forget()
        minute = self._minute()
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, []))
        heap = self._minutes[-1][1]
        if len(heap) < MOST:
            heapq.heappush(heap, (kept.seconds, next(self._number), _noted(kept)))
        elif kept.seconds > heap[0][0]:
            heapq.heapreplace(heap, (kept.seconds, next(self._number), _noted(kept)))

    def found(self, most: int = MOST, route: str | None = None) -> list[SlowRequest]:
        """Up to `most`, the slowest first; of one route those that are among the slowest of all."""
        self._forget()
        kept = (each for _, heap in self._minutes for each in heap if route in (None, each[2].route))
        return [request for _, _, request in heapq.nlargest(most, kept)]

    def _minute(self) -> int:
        return int(self._clock() // 60)

    def _forget(self) -> None:
        while self._minutes and self._minutes[0][0] <= self._minute() - MINUTES:
            self._minutes.popleft()


def _noted(kept: Record) -> SlowRequest:
    """A copy: what the request left running may still write in its record."""
    watch = kept.watch
    return SlowRequest(
        began=datetime.fromtimestamp(kept.began, UTC),
        request_id=kept.request_id,
        method=kept.method,
        path=kept.path[:_PATH],
        route=kept.route,
        status=kept.status,
        code=kept.code,
        seconds=round(kept.seconds, 4),
        sent=kept.sent,
        model=kept.model,
        version=kept.version,
        outcome=kept.outcome,
        stages={stage: _milliseconds(seconds) for stage, seconds in watch.stages.items()},
        laps=[_lap(lap, watch.began) for lap in watch.laps[:_LAPS]],
    )


def _lap(lap: Lap, began: float) -> SlowLap:
    return SlowLap(
        stage=lap.stage,
        what=lap.what,
        begin=_milliseconds(lap.begin - began),
        duration=_milliseconds(lap.end - lap.begin),
    )


def _milliseconds(seconds: float) -> float:
    return max(0.0, round(1000 * seconds, 1))
