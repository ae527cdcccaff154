"""Triton's dynamic batching, as far as one model of one version goes.

https://github.com/triton-inference-server/server/blob/main/docs/user_guide/batcher.md: an instance that is free takes all that
waits, up to the largest batch; where there is less, not before the oldest has waited for the delay.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.fleet.agenda import Action, Agenda
from bench.fleet.processor import Processor

_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Batching:
    """`instances` of the model take batches of at most `most`, `delay` seconds after the oldest; at most `waiting` wait."""

    instances: int = 1
    most: int = 8
    delay: float = 0.0
    waiting: int = 64


class Batcher:
    """`seconds` says how long a batch of so many pictures takes."""

    def __init__(
        self, agenda: Agenda, processor: Processor, batching: Batching, seconds: Callable[[int], float]
    ) -> None:
        self._agenda = agenda
        self._processor = processor
        self._batching = batching
        self._seconds = seconds
        self._free = batching.instances
        self._queue: deque[tuple[float, Action]] = deque()
        self.batches = 0
        self.pictures = 0

    def take(self, then: Action) -> bool:
        """False where the queue is full: nothing will come of it."""
        if len(self._queue) >= self._batching.waiting:
            return False
        self._queue.append((self._agenda.now, then))
        self._begin()
        if self._batching.delay and self._queue:
            self._agenda.after(self._batching.delay, self._begin)
        return True

    def _begin(self) -> None:
        while self._free and self._queue and self._is_due():
            batch = [self._queue.popleft()[1] for _ in range(min(len(self._queue), self._batching.most))]
            self._free -= 1
            self.batches += 1
            self.pictures += len(batch)
            self._processor.run(self._seconds(len(batch)), partial(self._end, batch))

    def _is_due(self) -> bool:
        waited = self._agenda.now - self._queue[0][0]
        return len(self._queue) >= self._batching.most or waited >= self._batching.delay - _ROUNDING

    def _end(self, batch: list[Action]) -> None:
        self._free += 1
        self._begin()
        for then in batch:
            then()
