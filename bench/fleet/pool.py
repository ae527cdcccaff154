"""Threads: what finds none free waits its turn."""

from collections import deque
from functools import partial

from bench.fleet.agenda import Action
from bench.fleet.processor import Processor


class Pool:
    """At most `threads` pieces of work on a processor at a time, the others in the order in which they came."""

    def __init__(self, processor: Processor, threads: int) -> None:
        self._processor = processor
        self._free = threads
        self._waiting: deque[tuple[float, Action]] = deque()

    def run(self, seconds: float, then: Action) -> None:
        """Work of so many seconds of a core."""
        self._waiting.append((seconds, then))
        self._begin()

    def _begin(self) -> None:
        if self._free and self._waiting:
            self._free -= 1
            seconds, then = self._waiting.popleft()
            self._processor.run(seconds, partial(self._end, then))

    def _end(self, then: Action) -> None:
        self._free += 1
        self._begin()
        then()
