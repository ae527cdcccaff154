"""What a subject is made of: parts that overlap like paper, and the coats that colour them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .curves import Curve, turned

Colour = NDArray[np.float32]


@dataclass(frozen=True)
class Coat:
    """Two colours, RGB in 0..1, and the pattern that mixes them.

    pattern: a name of `textures.PATTERNS`, or "grain", which costs nothing. scale: the pattern's cells across a frame.
    """

    base: Colour
    second: Colour
    pattern: str = "grain"
    scale: float = 8.0
    angle: float = 0.0
    grain: float = 0.08
    gloss: float = 0.0


@dataclass(frozen=True)
class Part:
    """One overlapping piece. Several curves in `outline` fill by the even-odd rule, so that a second one is a hole.

    fur: length of the hairs on its contour, in the curve's unit. inner: drawn only where the figure already is.
    droop: how far hairs hang down. lines: the curves are open hairs of `fur` width, not areas.
    """

    outline: tuple[Curve, ...]
    coat: str
    fur: float = 0.0
    droop: float = 0.2
    relief: float = 1.0
    inner: bool = False
    lines: bool = False
    opacity: float = 1.0


@dataclass(frozen=True)
class Figure:
    """A subject: parts from back to front, coats by name, and the point (x, y) and radius that a close-up shows."""

    parts: tuple[Part, ...]
    coats: Mapping[str, Coat]
    focus: tuple[float, float, float]
    cut_below: bool = False

    def box(self) -> tuple[Curve, Curve]:
        """Smallest and largest x, y over everything but open hairs."""
        points = np.concatenate([curve for part in self.parts if not part.lines for curve in part.outline])
        return points.min(0), points.max(0)

    def moved(self, scale: float, angle: float, shift: Iterable[float], flip: bool) -> "Figure":
        """The figure mirrored, turned (radians), scaled and then shifted."""
        mirror = np.array([-1.0 if flip else 1.0, 1.0])
        offset = np.asarray(tuple(shift))

        def move(curve: Curve) -> Curve:
            moved: Curve = turned(curve * mirror, angle) * scale + offset
            return moved

        parts = tuple(replace(p, outline=tuple(move(c) for c in p.outline), fur=p.fur * scale) for p in self.parts)
        x, y = move(np.array([self.focus[:2]]))[0]
        return replace(self, parts=parts, focus=(float(x), float(y), self.focus[2] * scale))


def area(curve: Curve, coat: str, fur: float = 0.0, droop: float = 0.2, relief: float = 1.0) -> Part:
    """A part that adds to the silhouette."""
    return Part((curve,), coat, fur, droop, relief)


def mark(curve: Curve, coat: str, relief: float = 0.4, opacity: float = 1.0, fur: float = 0.0) -> Part:
    """A part that only colours what lies under it: an eye, a patch, a stripe."""
    return Part((curve,), coat, fur, relief=relief, inner=True, opacity=opacity)
