"""A pool of synthetic pictures that is renewed while it is used, so that generating never holds up training."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType
from typing import Self, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from export.synthetic import picture

Picture: TypeAlias = NDArray[np.uint8]
"""(S, S, 4): RGB and alpha."""


def draw(seed: int, index: int, size: int, hard_share: float) -> Picture:
    """Picture number `index` of the series `seed`: the same for the same arguments, wherever it is drawn."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, index])
    image, alpha = picture(rng, size, "hard" if rng.random() < hard_share else "easy")
    return np.dstack([image, alpha])


class Replay:
    """Pictures `first` … of a series, of which the newest `capacity` are kept; what a step sees depends on the step alone.

    Args:
        seed: of the series.
        size: side of the pictures in pixels.
        hard_share: share of hard pictures.
        capacity: pictures kept.
        fresh: new pictures a step.
    """

    def __init__(self, seed: int, size: int, hard_share: float, capacity: int, fresh: int) -> None:
        self.seed, self.size, self.hard_share = seed, size, hard_share
        self.capacity, self.fresh = capacity, fresh
        self.pool = np.empty((capacity, size, size, 4), np.uint8)
        self.drawing: list[tuple[int, Future[Picture]]] = []
        # Not forked: a fork copies the locks of torch's threads as they happen to be held, and the child waits for ever.
        self.workers = ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("forkserver"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workers.shutdown(cancel_futures=True)

    def fill(self, step: int) -> Iterator[int]:
        """Draws what the pool holds before `step`, yielding how many pictures are there: the same after a restart."""
        newest = self.capacity + step * self.fresh
        self._draw(range(newest - self.capacity, newest))
        for done, (index, drawn) in enumerate(self.drawing, 1):
            self.pool[index % self.capacity] = drawn.result()
            yield done
        self._draw(range(newest, newest + self.fresh))

    def batch(self, step: int, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Images uint8 (count, S, S, 3) and alphas uint8 (count, S, S), augmented; meanwhile the next pictures are drawn."""
        for index, drawn in self.drawing:
            self.pool[index % self.capacity] = drawn.result()
        newest = self.capacity + (step + 1) * self.fresh
        self._draw(range(newest, newest + self.fresh))
        rng = np.random.default_rng([self.seed, step, 1])
        batch = np.stack([augment(self.pool[i], rng) for i in rng.choice(self.capacity, count, replace=False)])
        return batch[..., :3], batch[..., 3]

    def _draw(self, indices: range) -> None:
        self.drawing = [(i, self.workers.submit(draw, self.seed, i, self.size, self.hard_share)) for i in indices]


def augment(drawn: Picture, rng: np.random.Generator) -> Picture:
    """A mirrored, zoomed and recoloured copy (S, S, 4)."""
    zoomed = _zoom(drawn[:, ::-1] if rng.random() < 0.5 else drawn, rng)
    gain = rng.normal(1, 0.12) * rng.normal(1, 0.06, 3)
    curve = np.clip(np.arange(256)[:, None] * gain + rng.normal(0, 10), 0, 255).astype(np.uint8)
    rgb = cv2.LUT(np.ascontiguousarray(zoomed[..., :3]), curve[None])
    if rng.random() < 0.06:
        rgb = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.dstack([rgb, zoomed[..., 3]])


def _zoom(drawn: Picture, rng: np.random.Generator) -> Picture:
    """Half of the pictures are cropped to 60-100 % of their sides and enlarged again."""
    size = drawn.shape[0]
    if rng.random() < 0.5:
        return drawn
    width, height = (int(size * rng.uniform(0.6, 1)) for _ in range(2))
    x, y = int(rng.integers(size - width + 1)), int(rng.integers(size - height + 1))
    return cv2.resize(np.ascontiguousarray(drawn[y : y + height, x : x + width]), (size, size)).astype(np.uint8)
