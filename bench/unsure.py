"""How well a model's confidence tells pictures with a subject from empty ones."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from export.evaluate import HELD_OUT_SEED, held_out
from export.synthetic import grounds
from export.synthetic.colours import muted, vivid

Pixels = NDArray[np.uint8]
Series = Callable[[int, int], Iterator[Pixels]]
"""Of a size S and a count: so many pictures uint8 (S, S, 3)."""

_EMPTY_SEED: Final = HELD_OUT_SEED + 100
FALSE_ALARMS: Final = 0.01
"""The share of pictures with a subject that the suggested threshold would say have none."""


def _generated(size: int, count: int, *, hard: bool) -> Iterator[Pixels]:
    return (picture[..., :3] for picture in held_out(size, count, hard))


def _ground(size: int, count: int, *, kinds: tuple[grounds.Ground, ...]) -> Iterator[Pixels]:
    for index in range(count):
        rng = np.random.default_rng([_EMPTY_SEED, index])
        drawn = kinds[index % len(kinds)](rng, size, muted(rng) if rng.random() < 0.7 else vivid(rng))
        yield np.round(255 * np.clip(drawn, 0, 1)).astype(np.uint8)


def _plain(rng: np.random.Generator, size: int, tint: NDArray[np.float32]) -> NDArray[np.float32]:
    """One colour, with a sensor's noise half of the time."""
    noise = rng.normal(0, rng.uniform(0.005, 0.03) * (rng.random() < 0.5), (size, size, 3))
    return (tint + noise).astype(np.float32)


SUBJECT: Final[Mapping[str, Series]] = {
    "easy": partial(_generated, hard=False),
    "hard": partial(_generated, hard=True),
}
EMPTY: Final[Mapping[str, Series]] = {
    "flat": partial(_ground, kinds=(_plain,)),
    "gradient": partial(_ground, kinds=(grounds.gradient, grounds.backdrop, grounds.defocused)),
    "texture": partial(
        _ground, kinds=(grounds.leaves, grounds.patterned, grounds.planks, grounds.foliage, grounds.surface)
    ),
}
SCENES: Final[Mapping[str, Series]] = {
    "scene": partial(_ground, kinds=(grounds.room, grounds.soft_room, grounds.clutter, grounds.outdoors)),
}
"""Empty of a subject, full of other things: told apart from the rest, because a model may well take one of them."""


def auc(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    """The chance that one of `above` is larger than one of `below`; equal ones count half (Hanley and McNeil 1982)."""
    ordered = np.sort(below)
    smaller, not_larger = (np.searchsorted(ordered, above, side) for side in ("left", "right"))
    return float((smaller + not_larger).mean() / (2 * len(below)))


def suggested(subject: NDArray[np.float64]) -> float:
    """The threshold below which FALSE_ALARMS of these confidences lie."""
    return float(np.quantile(subject, FALSE_ALARMS))
