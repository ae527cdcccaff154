"""A crop of 4:5 around the head of a cut-out's subject, and how good a crop is, from alpha alone."""

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.pictures.frame import frame
from gateway.pictures.head import head
from gateway.pictures.picture import Box, Pixels
from gateway.pictures.shape import shape
from gateway.pictures.thumbnail import thumbnail

Level = Literal["high", "medium", "low"]

_COVERED: Final = 0.55  # what the subject best takes of a crop
_GRID: Final = 128  # pixels: the longer side of what a crop is judged by


class Headshot(NamedTuple):
    """`box` is round(height · 4/5) wide and may reach beyond the picture; `confidence` is 0–1."""

    box: Box
    confidence: float

    @property
    def level(self) -> Level:
        """The confidence in a word."""
        return level(self.confidence)


def level(confidence: float) -> Level:
    """A confidence in a word."""
    return "high" if confidence > 0.8 else "medium" if confidence > 0.6 else "low"


def headshot(alpha: Pixels) -> Headshot | None:
    """The crop around the head of the largest subject in `alpha`, uint8 (H, W); None where there is no subject.

    What is outside the picture is transparent there; for where and how large it is see frame.py.
    """
    found = shape(alpha)
    if found is None:
        return None
    box = frame(head(found), found, width=alpha.shape[1], height=alpha.shape[0])
    return Headshot(box, confidence(alpha, box))


def confidence(alpha: Pixels, box: Box) -> float:
    """How good a crop of `alpha`, uint8 (H, W), `box` is, 0–1; what of it is outside the picture is empty.

    Half of it is how near the subject comes to taking 55 % of the box, three tenths how like its own mirror image it is,
    two tenths how near its middle is to the box's, across alone: a head with a body below it is never in the middle of
    the height, and should not be.
    """
    seen = _seen(alpha, box)
    total = float(seen.sum())
    if not total:
        return 0.0
    coverage = max(1 - abs(total / seen.size / 255 - _COVERED) / _COVERED, 0)
    symmetry = 1 - float(np.abs(seen - seen[:, ::-1]).sum()) / (2 * total)
    aside = float(seen.sum(axis=0) @ np.linspace(-1, 1, seen.shape[1])) / total if seen.shape[1] > 1 else 0.0
    return min(max(0.5 * coverage + 0.3 * symmetry + 0.2 * (1 - abs(aside)), 0.0), 1.0)


def _seen(alpha: Pixels, box: Box) -> NDArray[np.float64]:
    """Alpha in `box`, 0–255, its longer side _GRID at most."""
    height, width = alpha.shape
    scale = min(_GRID / max(box.width, box.height, 1), 1)
    seen = np.zeros((max(round(box.height * scale), 1), max(round(box.width * scale), 1)))
    rows, columns = _overlap(box.top, box.height, height), _overlap(box.left, box.width, width)
    if len(rows) and len(columns):
        inside = alpha[rows.start : rows.stop, columns.start : columns.stop]
        there = _scaled(rows, box.top, box.height, len(seen)), _scaled(columns, box.left, box.width, seen.shape[1])
        seen[there] = thumbnail(inside, *reversed(seen[there].shape))
    return seen


def _overlap(start: int, length: int, whole: int) -> range:
    return range(max(start, 0), min(start + length, whole))


def _scaled(part: range, start: int, length: int, cells: int) -> slice:
    """Where `part` of what begins at `start` lies once that is so many cells long; at least one cell."""
    first = min(round((part.start - start) * cells / length), cells - 1)
    return slice(first, max(round((part.stop - start) * cells / length), first + 1))
