"""Keeps the pool fresh without keeping the training waiting."""

import time
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from export.scenes.dice import Dice
from export.scenes.studio import Studio, shot
from export.timed.painters import Painters
from export.timed.pool import Pool

SHEETS = 2
"""Painted sheets that are taken in at once."""


@dataclass(frozen=True)
class Supply:
    """How many pictures of which size are drawn and kept.

    Attributes:
        size: side S of what the pool holds; a phase of training sees at most this.
        capacity: rendered pictures kept, and a third as many painted ones.
        first: rendered pictures to begin with.
        batch: pictures a rendered shot has.
        share: of the time that goes to rendering, once training has begun.
        painters: processes that paint.
        painted: share of painted pictures in what is drawn from the pools.
        hard_share: share of hard pictures among the painted.
        empty: share of pictures without a subject.
    """

    size: int
    capacity: int
    first: int
    batch: int
    share: float
    painters: int
    painted: float = 0.35
    hard_share: float = 0.6
    empty: float = 0.06


class Feeder:
    """Renders the first pictures when made; `feed` adds what the painters have ready and renders when it is due."""

    def __init__(self, supply: Supply, seed: int, device: torch.device, painters: Painters) -> None:
        self.supply, self.painters = supply, painters
        self.dice = Dice(seed, device)
        self.studio = Studio.furnished(self.dice)
        self.rendered = Pool(supply.capacity, supply.size, device)
        self.painted = Pool(supply.capacity // 3, supply.size, device)
        self._render()  # the first shot is slow: kernels are loaded, plans are made
        started, before = time.monotonic(), self.rendered.added
        while self.rendered.added < supply.first:
            self._take()
            self._render()
        self._wait()
        self.cost = (time.monotonic() - started) / max(1, self.rendered.added - before)
        self.spent = 0.0

    def feed(self, elapsed: float) -> None:
        """elapsed: seconds since training began."""
        self._take()
        if self.spent < self.supply.share * elapsed:
            self._render()
            self.spent += self.cost * self.supply.batch

    def _take(self) -> None:
        """A sheet or two of what is painted: more at once would keep the training waiting."""
        for sheet in islice(self.painters.ready(), SHEETS):
            painted = self._sent(torch.from_numpy(sheet))
            self.painted.add(painted[:, :4], painted[:, 4:])

    def _render(self) -> None:
        drawn = shot(self.dice, self.studio, self.supply.batch, self.supply.size)
        self.rendered.add(drawn.figures, drawn.grounds)

    def drawn(self, dice: Dice, count: int) -> tuple[Tensor, Tensor]:
        """Random subjects and their grounds, rendered and painted mixed: float32 (count, 4, S, S) each, in 0..1."""
        painted = round(count * self.supply.painted) if len(self.painted) >= count else 0
        figures, grounds = self.rendered.drawn(dice, count - painted)
        if painted:
            more = self.painted.drawn(dice, painted)
            figures, grounds = torch.cat([figures, more[0]]), torch.cat([grounds, more[1]])
        order = dice.order(count)
        return figures[order], grounds[order]

    def _sent(self, sheet: Tensor) -> Tensor:
        """On the device; from pinned memory, because any other copy would wait for the steps under way."""
        if self.dice.device.type == "cuda":
            return sheet.pin_memory().to(self.dice.device, non_blocking=True)
        return sheet

    def _wait(self) -> None:
        if self.dice.device.type == "cuda":
            torch.cuda.synchronize()
