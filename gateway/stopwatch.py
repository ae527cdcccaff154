"""Where the time goes."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

STAGES: Final = {
    "receive": "the body comes in",
    "fetch": "the picture is fetched from where the client said it is",
    "cache": "what is kept from earlier is looked for",
    "join": "somebody else's request for the same is waited for",
    "decode": "bytes become pixels",
    "start": "the model is starting",
    "wait": "other pictures hold the permits",
    "queue": "a thread is waited for",
    "infer": "the model looks for the subject, its server's queue included",
    "compose": "the subject is cut out and laid on its ground",
    "effect": "an effect is drawn",
    "encode": "pixels become bytes",
    "store": "a picture is put into the store, or read from it",
}
"""What a request's time is spent on, by names that its answer, its log line, its spans and the metrics share."""


class Lap(NamedTuple):
    """A stage, of what (an effect's name, or ""), from when to when in seconds of the watch's clock."""

    stage: str
    what: str
    begin: float
    end: float


class Stopwatch:
    """Seconds by stage, in the order in which they were first run; a stage that is run again adds up.

    `laps` says when that was; of what runs side by side they overlap, while `stages` share the time that passed.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.stages: dict[str, float] = {}
        self.laps: list[Lap] = []
        self._clock = clock
        self._began = self._last = clock()

    @property
    def began(self) -> float:
        """When it was started, in seconds of its clock, as `laps` have them."""
        return self._began

    def lap(self, stage: str, what: str = "") -> None:
        """Ends `stage`, which began when the last one ended."""
        self._lap_until(self._clock(), stage, what)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """The body is `stage`, however it ends; what passed since the last lap belongs to none."""
        self._last = self._clock()
        try:
            yield
        finally:
            self.lap(stage)

    def threaded(self, stage: str, work: Callable[P, T]) -> Callable[P, T]:
        """`work`, to be run on a thread: as `stage`, and what passes until it begins as queue."""

        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            self.lap("queue")
            with self.timing(stage):
                return work(*args, **kwargs)

        return measured

    def absorb(self, other: "Stopwatch") -> None:
        """Takes over what `other` measured; what passed besides belongs to no stage."""
        self.laps += other.laps
        for stage, seconds in other.stages.items():
            self._add(stage, seconds)
        self._last = self._clock()

    def include(self, other: "Stopwatch", rest: str) -> None:
        """Takes over what `other` measured since the last lap; what it did not see is counted to the stage `rest`."""
        self._lap_until(max(other._began, self._last), rest)
        self.laps += other.laps
        for stage, seconds in other.stages.items():
            self._add(stage, seconds)
        now = self._clock()
        self._add(rest, now - self._last - sum(other.stages.values()))
        self._last = now

    def spread(self, others: Iterable["Stopwatch"]) -> None:
        """Takes over what `others` measured side by side since the last lap: the time that passed, as their stages share it."""
        now, others = self._clock(), tuple(others)
        spent = [(stage, seconds) for other in others for stage, seconds in other.stages.items()]
        scale = (now - self._last) / (sum(seconds for _, seconds in spent) or 1)
        for stage, seconds in spent:
            self._add(stage, scale * seconds)
        self.laps += [lap for other in others for lap in other.laps]
        self._last = now

    def _lap_until(self, end: float, stage: str, what: str = "") -> None:
        self._add(stage, end - self._last)
        self.laps.append(Lap(stage, what, self._last, end))
        self._last = end

    def _add(self, stage: str, seconds: float) -> None:
        self.stages[stage] = self.stages.get(stage, 0.0) + seconds


_OF_REQUEST: ContextVar[Stopwatch | None] = ContextVar("gateway.stopwatch", default=None)


@contextmanager
def of_request(watch: Stopwatch) -> Iterator[None]:
    """While the context lasts, what is `timed` belongs to the request that `watch` measures."""
    token = _OF_REQUEST.set(watch)
    try:
        yield
    finally:
        _OF_REQUEST.reset(token)


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """A stopwatch of its own for the body, whose laps are the running request's, too, however the body ends."""
    watch = Stopwatch()
    try:
        yield watch
    finally:
        if (whole := _OF_REQUEST.get()) is not None:
            whole.absorb(watch)


@contextmanager
def timing(stage: str) -> Iterator[None]:
    """The body is `stage` of the running request, however it ends."""
    with timed() as watch, watch.timing(stage):
        yield
