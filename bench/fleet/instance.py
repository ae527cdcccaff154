"""One instance: a picture is let in, decoded, shown to the model, and finished."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Final

from bench.fleet.agenda import Agenda
from bench.fleet.batcher import Batcher
from bench.fleet.pool import Pool
from gateway.errors import Overloaded
from gateway.workers import Workers

REFUSING: Final = 0.005
"""Seconds for a request to be read and refused."""


class Outcome(Enum):
    """What became of a picture."""

    DONE = auto()
    REFUSED = auto()
    """By the gateway: 503 with Retry-After."""
    TURNED_AWAY = auto()
    """By the platform, which has no instance for it: 429."""


Then = Callable[[Outcome], None]


@dataclass(frozen=True)
class Work:
    """Seconds of a core before and after the model, drawn anew for each picture; `idle` are seconds of nobody's."""

    before: Callable[[], float]
    after: Callable[[], float]
    idle: float = 0.0


class Instance:
    """Who is let in is decided by the gateway's own rule, its own code, by the simulated clock.

    Its permits are left out: they bound memory, and change the order of nothing.
    """

    def __init__(self, agenda: Agenda, workers: Workers, pool: Pool, batcher: Batcher, work: Work) -> None:
        self._agenda = agenda
        self._workers = workers
        self._pool = pool
        self._batcher = batcher
        self._work = work

    def take(self, then: Then) -> None:
        """One picture, which has just come."""
        with ExitStack() as entering:
            try:
                entering.enter_context(self._workers.place())
            except Overloaded:
                self._agenda.after(REFUSING, partial(then, Outcome.REFUSED))
                return
            place = entering.pop_all()
        self._pool.run(self._work.before(), partial(self._show, place, then))

    def _show(self, place: ExitStack, then: Then) -> None:
        if not self._batcher.take(partial(self._finish, place, then)):
            self._leave(place, then, Outcome.REFUSED)

    def _finish(self, place: ExitStack, then: Then) -> None:
        leave = partial(self._leave, place, then, Outcome.DONE)
        self._pool.run(self._work.after(), partial(self._agenda.after, self._work.idle, leave))

    def _leave(self, place: ExitStack, then: Then, outcome: Outcome) -> None:
        place.close()
        then(outcome)
