"""What is learned when, as shares of the time that there is: the schedule ends on time whatever the machine's speed."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Phase:
    """A stretch of training.

    Attributes:
        until: share of the time at which it ends.
        size: side of the pictures.
        all_stages: whether the whole pyramid learns, or only its coarsest map.
        batch: pictures a step.
        hard: share of the steps whose pictures are hard, at the phase's end; it grows from the phase before.
    """

    until: float
    size: int
    all_stages: bool
    batch: int
    hard: float


@dataclass(frozen=True)
class Schedule:
    """Phases in order, the last until 1; peak learning rate, and where the cosine ends as a share of it."""

    phases: tuple[Phase, ...]
    rate: float = 2e-3
    last: float = 0.01
    warm_up: float = 0.02
    """Share of the time in which the rate rises at the start; a later phase begins with half of that."""

    def scaled(self, factor: float) -> "Schedule":
        """The same with batches `factor` times as large, of at least two pictures."""
        phases = (replace(phase, batch=max(2, round(phase.batch * factor))) for phase in self.phases)
        return replace(self, phases=tuple(phases))

    def phase(self, share: float) -> int:
        """Number of the phase at this share of the time."""
        return next((i for i, phase in enumerate(self.phases) if share < phase.until), len(self.phases) - 1)

    def begin(self, number: int) -> float:
        return self.phases[number - 1].until if number else 0.0

    def rate_at(self, share: float) -> float:
        begin = self.begin(self.phase(share))
        warm = min(1.0, (share - begin) / (self.warm_up if begin == 0 else self.warm_up / 2) + 0.02)
        cosine = (1 + math.cos(math.pi * min(share, 1.0))) / 2
        return self.rate * warm * (self.last + (1 - self.last) * cosine)

    def hard_at(self, share: float) -> float:
        number = self.phase(share)
        begin, end = self.begin(number), self.phases[number].until
        before = self.phases[number - 1].hard if number else 0.0
        return before + (self.phases[number].hard - before) * min(1.0, (share - begin) / (end - begin))


GPU = Schedule((Phase(0.4, 192, False, 256, 0.5), Phase(0.72, 256, True, 128, 0.6), Phase(1.0, 384, True, 64, 0.65)))
CPU = Schedule((Phase(0.6, 192, False, 24, 0.4), Phase(0.85, 192, True, 12, 0.5), Phase(1.0, 384, True, 6, 0.5)))
FURTHER = Schedule((Phase(0.65, 256, False, 32, 0.65), Phase(1.0, 384, True, 8, 0.65)), rate=1e-3)
"""For weights that have been through one of the others; batches for a CPU."""
