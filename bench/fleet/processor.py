"""Cores that work shares: as an operating system does it, not one piece after the other."""

import itertools
from functools import partial
from heapq import heappop, heappush

from bench.fleet.agenda import Action, Agenda


class Processor:
    """Any number of pieces of work get equal shares of `cores`, and none more than one core.

    Each core that is busy beyond the first makes all of them slower, by `slowdown` when all are: hyperthreads, memory, clock.
    """

    def __init__(self, agenda: Agenda, cores: int, slowdown: float = 0.0) -> None:
        self._agenda = agenda
        self._cores = cores
        self._slowdown = slowdown / max(cores - 1, 1)
        self._work: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()
        self._done = 0.0
        self._since = 0.0
        self._plan = 0
        self._used = 0.0

    @property
    def used(self) -> float:
        """Seconds of cores, up to now."""
        self._advance()
        return self._used

    def run(self, seconds: float, then: Action) -> None:
        """Work that takes one core so many seconds, if it has it for itself."""
        self._advance()
        heappush(self._work, (self._done + seconds, next(self._numbers), then))
        self._look_ahead()

    def _speed(self) -> float:
        """Of each piece."""
        busy = min(len(self._work), self._cores)
        return busy / len(self._work) / (1 + self._slowdown * (busy - 1))

    def _advance(self) -> None:
        """All pieces have got equally far, so one number says how far: what each has been given since the beginning."""
        elapsed, self._since = self._agenda.now - self._since, self._agenda.now
        if self._work and elapsed:
            self._done += elapsed * self._speed()
            self._used += elapsed * min(len(self._work), self._cores)

    def _look_ahead(self) -> None:
        self._plan += 1
        if self._work:
            self._agenda.after(max(self._work[0][0] - self._done, 0.0) / self._speed(), partial(self._end, self._plan))

    def _end(self, plan: int) -> None:
        if plan != self._plan:  # something came or went meanwhile
            return
        self._advance()
        _, _, then = heappop(self._work)
        self._look_ahead()
        then()
