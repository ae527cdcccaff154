"""Cloud Run: which instance gets a picture, when another one is started, and when one ends.

By https://cloud.google.com/run/docs/about-instance-autoscaling: enough instances that each has `target` of its concurrency, and
of its CPU, on average over a minute; one more at once where nobody has room; who finds none waits for 3.5 times the usual
start, and at least ten seconds; an instance without requests is kept for up to a quarter of an hour. What is not documented
is assumed: looks every five seconds, the least busy instance gets the next picture, surplus ones none while others have room.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bench.fleet.agenda import Agenda
from bench.fleet.instance import Instance, Outcome, Then

LEAST_PATIENCE: Final = 10.0
PATIENCE: Final = 3.5


@dataclass(frozen=True)
class Platform:
    """How it is set, in seconds where it is time. `cpus` is what one instance has, the target of which counts as well."""

    least: int = 0
    most: int = 3
    concurrency: int = 16
    cpus: float = 8
    start: float = 25.0
    target: float = 0.6
    window: float = 60.0
    look: float = 5.0
    idle: float = 900.0


@dataclass(eq=False)
class _Running:
    instance: Instance
    used: Callable[[], float]
    """Seconds of CPU so far."""
    since: float
    ready: bool = False
    present: int = 0
    quiet: float = 0.0
    """Since when there has been nothing to do."""


@dataclass
class Counts:
    """What happened."""

    starts: int = 0
    seconds: float = 0.0
    """Of all instances together."""
    waited: int = 0
    """Pictures that found no instance with room."""
    most: int = 0
    """Instances at one time."""


@dataclass(eq=False)
class _Picture:
    then: Then


@dataclass
class _Sample:
    """Sums up to a time: of requests present × seconds, and of CPU."""

    time: float
    present: float
    cpu: float


@dataclass
class _Past:
    """What the averages are of."""

    samples: deque[_Sample] = field(default_factory=lambda: deque([_Sample(0.0, 0.0, 0.0)]))

    def averages(self, now: _Sample, window: float) -> tuple[float, float]:
        """Requests present, and cores busy, over the window or since there are samples."""
        while len(self.samples) > 1 and self.samples[1].time <= now.time - window:
            self.samples.popleft()
        before = self.samples[0]
        self.samples.append(now)
        return (now.present - before.present) / window, (now.cpu - before.cpu) / window


class Fleet:
    """Made by a function that makes an instance and something to ask for the CPU it has used."""

    def __init__(
        self, agenda: Agenda, platform: Platform, made: Callable[[], tuple[Instance, Callable[[], float]]]
    ) -> None:
        self._agenda = agenda
        self._platform = platform
        self._made = made
        self._running: list[_Running] = []
        self._waiting: deque[_Picture] = deque()
        self._wanted = 1
        self._past = _Past()
        self._sum = _Sample(0.0, 0.0, 0.0)
        self._ended_cpu = 0.0
        self._looking = False
        self.counts = Counts()
        for _ in range(platform.least):
            self._start()

    def take(self, then: Then) -> None:
        """One picture, which has just come."""
        running = self._with_room()
        if running is not None:
            self._send(running, then)
            return
        self._sum_up()
        self.counts.waited += 1
        picture = _Picture(then)
        self._waiting.append(picture)
        self._agenda.after(max(LEAST_PATIENCE, PATIENCE * self._platform.start), partial(self._turn_away, picture))
        coming = sum(not each.ready for each in self._running) * self._platform.concurrency
        if len(self._waiting) > coming:
            self._start()

    def close(self) -> Counts:
        """Ends what still runs. What happened, then."""
        for running in list(self._running):
            self._end(running)
        return self.counts

    def _with_room(self) -> _Running | None:
        ready = [each for each in self._running if each.ready]
        for group in (ready[: self._wanted], ready):
            best = min(group, key=lambda each: each.present, default=None)
            if best is not None and best.present < self._platform.concurrency:
                return best
        return None

    def _send(self, running: _Running, then: Then) -> None:
        self._sum_up()
        running.present += 1
        running.instance.take(partial(self._answered, running, then))

    def _answered(self, running: _Running, then: Then, outcome: Outcome) -> None:
        self._sum_up()
        running.present -= 1
        then(outcome)
        self._serve_waiting(running)
        if not running.present:
            running.quiet = self._agenda.now
            self._agenda.after(self._platform.idle, partial(self._maybe_end, running))

    def _serve_waiting(self, running: _Running) -> None:
        while self._waiting and running.present < self._platform.concurrency:
            self._sum_up()
            self._send(running, self._waiting.popleft().then)

    def _turn_away(self, picture: _Picture) -> None:
        if picture in self._waiting:
            self._sum_up()
            self._waiting.remove(picture)
            picture.then(Outcome.TURNED_AWAY)

    def _start(self) -> None:
        if len(self._running) >= self._platform.most:
            return
        instance, used = self._made()
        running = _Running(instance, used, self._agenda.now)
        self._running.append(running)
        self.counts.starts += 1
        self.counts.most = max(self.counts.most, len(self._running))
        self._agenda.after(self._platform.start, partial(self._ready, running))
        if not self._looking:
            self._looking = True
            self._agenda.after(self._platform.look, self._look)

    def _ready(self, running: _Running) -> None:
        running.ready = True
        running.quiet = self._agenda.now
        self._serve_waiting(running)
        self._agenda.after(self._platform.idle, partial(self._maybe_end, running))

    def _maybe_end(self, running: _Running) -> None:
        quiet = self._agenda.now - running.quiet >= self._platform.idle * (1 - 1e-9)
        if running in self._running and not running.present and quiet and len(self._running) > self._platform.least:
            self._end(running)

    def _end(self, running: _Running) -> None:
        self._running.remove(running)
        self._ended_cpu += running.used()
        self.counts.seconds += self._agenda.now - running.since

    def _look(self) -> None:
        """What the autoscaler does, as long as there are instances."""
        self._looking = bool(self._running)
        if not self._looking:
            return
        self._sum_up()
        cpu = self._ended_cpu + sum(each.used() for each in self._running)
        now = _Sample(self._agenda.now, self._sum.present, cpu)
        present, busy = self._past.averages(now, self._platform.window)
        each = self._platform.target
        needed = max(present / (each * self._platform.concurrency), busy / (each * self._platform.cpus))
        self._wanted = min(max(math.ceil(needed - 1e-9), self._platform.least, 1), self._platform.most)
        for _ in range(self._wanted - len(self._running)):
            self._start()
        self._agenda.after(self._platform.look, self._look)

    def _sum_up(self) -> None:
        present = sum(each.present for each in self._running) + len(self._waiting)
        self._sum.present += (self._agenda.now - self._sum.time) * present
        self._sum.time = self._agenda.now
