"""Where the time goes."""

import time
from collections.abc import Callable, Iterable


class Stopwatch:
    """Seconds by stage, in the order in which they were first run; a stage that is run again adds up."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.stages: dict[str, float] = {}
        self._clock = clock
        self._last = clock()

    def lap(self, stage: str) -> None:
        """Ends `stage`, which began when the last one ended."""
        now = self._clock()
        self._add(stage, now - self._last)
        self._last = now

    def include(self, other: "Stopwatch", rest: str) -> None:
        """Takes over what `other` measured since the last lap; what it did not see is counted to the stage `rest`."""
        self._last += sum(other.stages.values())
        self.lap(rest)
        for stage, seconds in other.stages.items():
            self._add(stage, seconds)

    def spread(self, others: Iterable["Stopwatch"]) -> None:
        """Takes over what `others` measured side by side since the last lap: the time that passed, as their stages share it."""
        now = self._clock()
        spent = [(stage, seconds) for other in others for stage, seconds in other.stages.items()]
        scale = (now - self._last) / (sum(seconds for _, seconds in spent) or 1)
        for stage, seconds in spent:
            self._add(stage, scale * seconds)
        self._last = now

    def _add(self, stage: str, seconds: float) -> None:
        self.stages[stage] = self.stages.get(stage, 0.0) + seconds
