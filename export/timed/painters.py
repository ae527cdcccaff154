"""Processes that paint pictures on the cores that training leaves idle."""

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType
from typing import Self, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from export.synthetic import layers

Painted: TypeAlias = NDArray[np.uint8]
"""(N, 8, S, S): premultiplied RGBA of the subject, then RGB and distance of the ground."""

SHEET = 6
"""Pictures a task: few enough that a process ends soon when it is told to."""
DISTANCE = 140


def paint(seed: int, index: int, size: int, hard_share: float) -> Painted:
    """Sheet number `index` of the series `seed`: the same for the same arguments."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, index])
    return np.stack([_picture(rng, size, hard_share) for _ in range(SHEET)])


def _picture(rng: np.random.Generator, size: int, hard_share: float) -> Painted:
    layer, ground = layers(rng, size, "hard" if rng.random() < hard_share else "easy")
    planes = [*cv2.split(layer.colour), layer.alpha, *cv2.split(ground)]
    painted = (np.clip(np.stack(planes), 0, 1) * 255 + 0.5).astype(np.uint8)
    return np.concatenate([painted, np.full((1, size, size), DISTANCE, np.uint8)])


class Painters:
    """Paints without end while it is open: two sheets a process are always under way or ready.

    Args:
        processes: how many; none paints nothing.
        seed, size, hard_share: of the pictures.
    """

    def __init__(self, processes: int, seed: int, size: int, hard_share: float) -> None:
        self.seed, self.size, self.hard_share = seed, size, hard_share
        self.started = 0
        self.under_way: deque[Future[Painted]] = deque()
        self.processes = processes
        # Not forked: a fork copies the locks of torch's threads as they happen to be held, and the child waits for ever.
        context = multiprocessing.get_context("forkserver")
        self.pool = ProcessPoolExecutor(processes, context) if processes else None

    def __enter__(self) -> Self:
        self._order()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pool:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def ready(self) -> Iterator[Painted]:
        """The sheets that are finished, in order; a new one is ordered for each that is taken."""
        while self.under_way and self.under_way[0].done():
            sheet = self.under_way.popleft().result()
            self._order()
            yield sheet

    def _order(self) -> None:
        while self.pool and len(self.under_way) < 2 * self.processes:
            self.under_way.append(self.pool.submit(paint, self.seed, self.started, self.size, self.hard_share))
            self.started += 1
