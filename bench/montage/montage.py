"""Photographs put together of a cut-out and a ground, so that their alpha is known: subjects and grounds are real, how they
meet is not. The same seed gives the same pictures."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.composites import as_pixels
from bench.montage.backdrop import backdrop, shaded, softened
from bench.montage.chosen import Chosen, Stamp, opened
from bench.montage.layer import Floats, layer
from bench.montage.placement import placed

SIDE: Final = 512  # pixels
SEED: Final = 20_240_611
TRIES: Final = 20
_NEAR: Final = np.ones((25, 25), np.uint8)  # what is around a subject, 12 pixels wide
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)


class InvisibleError(ValueError):
    """A subject that stands out from none of the grounds."""


@dataclass(frozen=True)
class Montage:
    """A JPEG file, and the subject's alpha in it, uint8 (SIDE, SIDE)."""

    kind: str
    data: bytes
    truth: NDArray[np.uint8]


def montages(these: Chosen, unpacked: Path, count: int, seed: int = SEED) -> Iterator[Montage]:
    """Each stamp once, in random order, then from the first again. Raises InvisibleError."""
    order = np.random.default_rng(seed).permutation(len(these.stamps))
    for index in range(count):
        stamp = these.stamps[order[index % len(order)]]
        yield montage(stamp, these, unpacked, np.random.default_rng([seed, index]))


def montage(stamp: Stamp, these: Chosen, unpacked: Path, random: np.random.Generator) -> Montage:
    """The first of some tries in which the subject can be seen. Raises InvisibleError."""
    subject = layer(opened(stamp, unpacked))
    for _ in range(TRIES):
        front, scale = placed(stamp, subject, SIDE, random)
        ground = these.grounds[random.integers(len(these.grounds))]
        back = softened(backdrop(ground, opened(ground, unpacked), SIDE, random), scale, random)
        front[..., :3] *= _gain(front, back)
        if _visible(front, back):
            shown = back if stamp.flies or random.random() < 0.4 else shaded(back, front[..., 3], random)
            return Montage(stamp.kind, _photograph(front, shown, random), as_pixels(255 * front[..., 3]))
    raise InvisibleError(f"{stamp.file} stands out from none of {TRIES} grounds")


def _gain(front: Floats, back: Floats) -> float:
    """What brings the subject's brightness nearer to its ground's."""
    own = (front[..., :3] @ _LUMA).sum() / max(front[..., 3].sum(), 1)
    return float(np.clip(((back @ _LUMA).mean() / max(own, 0.02)) ** 0.6, 0.75, 1.25))


def _visible(front: Floats, back: Floats) -> bool:
    """Whether the subject is large enough, and its mean colour another than the mean around it."""
    alpha = front[..., 3]
    around = cv2.dilate(alpha, _NEAR) - alpha
    own = front[..., :3].sum((0, 1)) / max(alpha.sum(), 1)
    others = (back * around[..., None]).sum((0, 1)) / max(around.sum(), 1)
    return bool(alpha.mean() >= 0.03 and np.abs(own - others).max() >= 0.1)


def _photograph(front: Floats, back: Floats, random: np.random.Generator) -> bytes:
    """Front over back, with a sensor's noise, as a JPEG file."""
    noise = random.normal(0, random.uniform(0, 0.01), back.shape)
    whole = front[..., :3] + back * (1 - front[..., 3:]) + noise
    file = io.BytesIO()
    Image.fromarray(as_pixels(255 * whole)).save(file, "JPEG", quality=int(random.integers(85, 96)))
    return file.getvalue()
