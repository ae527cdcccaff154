"""A day of one service on Cloud Run: what its customers wait, how many are refused, what it costs."""

import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench.fleet.agenda import Agenda
from bench.fleet.arrivals import DAY, SHOP, arrivals
from bench.fleet.batcher import Batcher, Batching
from bench.fleet.costs import Prices
from bench.fleet.fleet import Fleet, Platform
from bench.fleet.instance import Instance, Outcome, Work
from bench.fleet.pool import Pool
from bench.fleet.processor import Processor
from gateway.workers import Workers


@dataclass(frozen=True)
class Design:
    """A service. Seconds of a core before and after the model, and of the GPU for a batch: `fixed` and `each` picture.

    `spread` is the standard deviation of a stage's time to its mean; photos differ, the network's input does not.
    """

    before: float = 0.03
    after: float = 0.10
    spread: float = 0.5
    fixed: float = 0.010
    each: float = 0.040
    idle: float = 0.01
    threads: int = 4
    permits: int = 32
    places: int = 8
    soon: float = 1.0
    """CUTOUT_WAIT_SECONDS."""
    batching: Batching = field(default_factory=lambda: Batching(instances=1, most=8, delay=0.005, waiting=64))
    platform: Platform = field(default_factory=Platform)
    gib: float = 22
    prices: Prices = field(default_factory=Prices)


@dataclass(frozen=True)
class Day:
    """What a day was like; shares are of all pictures, seconds those of the ones that were done."""

    pictures: int
    p50: float
    p95: float
    refused: float
    turned_away: float
    waited: float
    hours: float
    """Of all instances together."""
    most: int
    batch: float
    """Pictures in one, on average."""
    usd: float

    @property
    def usd_a_thousand(self) -> float:
        """Pictures that were done."""
        return 1000 * self.usd / max(self.pictures * (1 - self.refused - self.turned_away), 1)


class _Made:
    """Instances of one design, on one agenda."""

    def __init__(self, agenda: Agenda, design: Design, chance: random.Random) -> None:
        self._agenda = agenda
        self._design = design
        self._work = Work(
            spread(chance, design.before, design.spread), spread(chance, design.after, design.spread), design.idle
        )
        self.batchers: list[Batcher] = []

    def __call__(self) -> tuple[Instance, Callable[[], float]]:
        design, agenda = self._design, self._agenda
        cores = Processor(agenda, design.threads)
        gpu = Processor(agenda, design.batching.instances)
        workers = Workers(
            permits=design.permits,
            places=design.places,
            threads=design.threads,
            seconds=design.soon,
            clock=lambda: agenda.now,
        )
        batcher = Batcher(agenda, gpu, design.batching, lambda size: design.fixed + design.each * size)
        self.batchers.append(batcher)
        return Instance(agenda, workers, Pool(cores, design.threads), batcher, self._work), lambda: cores.used


def spread(chance: random.Random, mean: float, share: float) -> Callable[[], float]:
    """Draws from a gamma distribution of that mean whose standard deviation is that share of it; 0: the mean itself."""
    if not share or not mean:
        return lambda: mean
    return lambda: chance.gammavariate(share**-2, mean * share**2)


def simulate(design: Design, a_day: float, *, shape: Sequence[float] = SHOP, days: float = 1.0, seed: int = 1) -> Day:
    """What `a_day` pictures do to it; the same for the same arguments. What is under way at the end is not counted."""
    agenda = Agenda()
    made = _Made(agenda, design, random.Random(f"work {seed}"))
    fleet = Fleet(agenda, design.platform, made)
    seconds: list[float] = []
    outcomes: Counter[Outcome] = Counter()

    def answered(begin: float, outcome: Outcome) -> None:
        outcomes[outcome] += 1
        if outcome is Outcome.DONE:
            seconds.append(agenda.now - begin)

    def come(times: Iterator[float]) -> None:
        fleet.take(partial(answered, agenda.now))
        plan(times)

    def plan(times: Iterator[float]) -> None:
        time = next(times, None)
        if time is not None:
            agenda.at(time, partial(come, times))

    plan(arrivals(random.Random(f"arrivals {seed}"), a_day, shape, days))
    agenda.run(until=days * DAY)
    counts = fleet.close()
    pictures = outcomes.total()
    p50, p95 = percentiles(seconds)
    hours = counts.seconds / 3600
    return Day(
        pictures=pictures,
        p50=p50,
        p95=p95,
        refused=outcomes[Outcome.REFUSED] / max(pictures, 1),
        turned_away=outcomes[Outcome.TURNED_AWAY] / max(pictures, 1),
        waited=counts.waited / max(pictures, 1),
        hours=hours,
        most=counts.most,
        batch=sum(each.pictures for each in made.batchers) / max(sum(each.batches for each in made.batchers), 1),
        usd=hours * design.prices.hour(design.platform.cpus, design.gib),
    )


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 95th; zeros where there are too few."""
    if len(seconds) < 2:
        return (seconds[0], seconds[0]) if seconds else (0.0, 0.0)
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return cuts[9], cuts[18]
