"""Silhouettes of people and pets that know where their heads are: bodies of capsules, drawn at any size.

A silhouette is as tall as 1 or less; its lengths are in that unit, x to the right and y down.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.pictures.picture import Pixels

Points = NDArray[np.float64]  # (N, 2): x, y
Random = np.random.Generator


class Disc(NamedTuple):
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Silhouette:
    """Convex `parts`; where the `head` is without ears; the outermost points of the ears."""

    parts: tuple[Points, ...]
    head: Disc
    ears: Points

    def placed(self, scale: float, x: float, y: float, *, mirrored: bool = False) -> "Silhouette":
        """Scaled about the origin, mirrored about the line x = 0 where that is wanted, then moved."""
        across = -scale if mirrored else scale

        def moved(points: Points) -> Points:
            return points * (across, scale) + (x, y)

        head = Disc(across * self.head.x + x, scale * self.head.y + y, scale * self.head.radius)
        return replace(self, parts=tuple(map(moved, self.parts)), head=head, ears=moved(self.ears))

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        points = np.concatenate(self.parts)
        return (*points.min(axis=0), *points.max(axis=0))


def drawn(width: int, height: int, *silhouettes: Silhouette) -> Pixels:
    """The alpha of `silhouettes` in pixels, uint8 (height, width), antialiased."""
    alpha = np.zeros((height, width), np.uint8)
    for part in (part for each in silhouettes for part in each.parts):
        fixed = np.rint((part - 0.5) * 16).astype(np.int32)  # OpenCV's coordinates are those of pixels' centres
        cv2.fillConvexPoly(alpha, fixed, 255, cv2.LINE_AA, shift=4)
    return alpha


def filling(silhouette: Silhouette, height: int, room: float = 0.1) -> tuple[Silhouette, Pixels]:
    """A silhouette, `height` pixels high, in the middle of a picture with `room` of that around it; and the alpha."""
    left, top, right, bottom = silhouette.corners
    scale, margin = height / (bottom - top), room * height
    placed = silhouette.placed(scale, margin - left * scale, margin - top * scale)
    return placed, drawn(round((right - left) * scale + 2 * margin), round(height + 2 * margin), placed)


def sitting(random: Random) -> Silhouette:
    """A pet that faces us."""
    r = random.uniform(0.13, 0.2)
    body = random.uniform(0.9, 1.5) * r
    x, lean = 0.5, random.uniform(-0.3, 0.3) * r
    head = Disc(x + lean, 0.3, r)
    hips = Disc(x, 1 - body, body)
    chest = Disc(x + lean / 2, 0.3 + 1.5 * r, random.uniform(0.65, 0.95) * r)
    parts = [disc(head), tapered(chest, hips), *muzzle(random, head, 0, 1)]
    parts += [
        tapered(Disc(x + s * r / 2, 0.6, 0.3 * r), Disc(x + s * 0.6 * r, 1 - 0.25 * r, 0.25 * r)) for s in (-1, 1)
    ]
    if random.random() < 0.5:
        parts.append(tapered(Disc(x, 1 - 0.2 * r, 0.2 * r), Disc(x + 1.6 * body, 1 - 0.3 * r, 0.12 * r)))
    return with_ears(random, parts, head, 0)


def standing(random: Random) -> Silhouette:
    """A person."""
    r = random.uniform(0.055, 0.075)
    x = 0.25 + random.uniform(-0.3, 0.3) * r
    head = Disc(x, 0.1, r)
    shoulder = random.uniform(1.2, 1.7) * r
    chest_y, hip_y, arm = 0.1 + 2.6 * r, 0.52, 0.4 * r
    chest = [Disc(0.25 + s * shoulder * 0.6, chest_y, 0.8 * r) for s in (-1, 1)]
    hips = [Disc(0.25 + s * shoulder * 0.4, hip_y, 0.8 * r) for s in (-1, 1)]
    parts = [disc(head), ellipse(x, 0.1 + 0.3 * r, 0.85 * r, 1.1 * r), hull(*chest, *hips)]
    parts.append(tapered(Disc(x, 0.1, 0.5 * r), Disc(0.25, chest_y, random.uniform(0.45, 0.6) * r)))
    for s in (-1, 1):
        hand = Disc(0.25 + s * random.uniform(1.2, 2.8) * shoulder, random.uniform(0.4, 0.6), 0.7 * arm)
        parts.append(tapered(Disc(0.25 + s * shoulder, chest_y - 0.3 * r, arm * 1.2), hand))
        foot = Disc(0.25 + s * random.uniform(0.5, 1.2) * shoulder, 0.97, 0.4 * r)
        parts.append(tapered(Disc(0.25 + s * shoulder * 0.5, hip_y, 0.75 * r), foot))
    return Silhouette(tuple(parts), head, np.empty((0, 2)))


def portrait(random: Random) -> Silhouette:
    """Head and shoulders; the picture's lower border cuts them."""
    r = random.uniform(0.18, 0.28)
    head = Disc(random.uniform(-0.2, 0.2) * r, 0.3, r)
    neck = tapered(head._replace(radius=0.6 * r), Disc(0, 0.3 + 1.8 * r, 0.6 * r))
    breadth = random.uniform(1.2, 1.8) * r
    corners = [(s * breadth, y, width * r) for y, width in ((0.3 + 2.3 * r, 0.6), (1.2, 0.7)) for s in (-1, 1)]
    shoulders = hull(*[Disc(*each) for each in corners])
    face = ellipse(head.x, 0.3 + 0.15 * r, r, 1.2 * r)
    return Silhouette((disc(head), face, neck, shoulders), head, np.empty((0, 2)))


def walking(random: Random) -> Silhouette:
    """A four-legged animal from the side that looks to the left, its head up."""
    r = random.uniform(0.14, 0.19)
    trunk = random.uniform(1.1, 1.5) * r
    length = random.uniform(0.55, 0.9)
    back = 0.35 + trunk + random.uniform(0, 0.08)
    chest, hips = Disc(0.35, back, trunk), Disc(0.35 + length, back, random.uniform(0.85, 1) * trunk)
    head = Disc(0.35 - random.uniform(0.6, 1.6) * r, 0.35 + random.uniform(-0.6, 0.5) * r, r)
    parts = [tapered(chest, hips), disc(head), *muzzle(random, head, -1, random.uniform(-0.1, 0.8))]
    parts.append(tapered(head._replace(radius=random.uniform(0.6, 0.85) * r), chest._replace(radius=0.9 * r)))
    for x in (chest.x - 0.3 * trunk, chest.x + 0.4 * trunk, hips.x - 0.2 * trunk, hips.x + 0.5 * trunk):
        foot = Disc(x + random.uniform(-0.5, 0.5) * r, 1 - 0.2 * r, 0.22 * r)
        parts.append(tapered(Disc(x, back, 0.4 * r), foot))
    return with_ears(random, [*parts, *tail(random, hips, r)], head, 0.3)


def lying(random: Random) -> Silhouette:
    """A pet on the ground that looks to the left, its head up or on its paws."""
    r = random.uniform(0.11, 0.16)
    trunk = random.uniform(1.0, 1.4) * r
    length = random.uniform(0.3, 0.65)
    chest, hips = Disc(0.35, 1 - trunk, trunk), Disc(0.35 + length, 1 - 1.05 * trunk, 1.05 * trunk)
    lift = random.uniform(1.3, 3.3) * r
    head = Disc(0.35 - random.uniform(0.8, 1.3) * trunk, 1 - lift, r)
    parts = [tapered(chest, hips), disc(head), *muzzle(random, head, -1, random.uniform(0, 0.5))]
    parts.append(tapered(head._replace(radius=0.75 * r), chest._replace(radius=0.9 * r)))
    paws = Disc(chest.x - random.uniform(1.2, 2) * trunk, 1 - 0.25 * r, 0.25 * r)
    parts.append(tapered(Disc(chest.x, 1 - 0.4 * r, 0.4 * r), paws))
    return with_ears(random, [*parts, *tail(random, hips, r)], head, 0.2)


def tail(random: Random, hips: Disc, r: float) -> list[Points]:
    """One that rises, hangs or is not there."""
    if random.random() < 0.3:
        return []
    root = Disc(hips.x + 0.8 * hips.radius, hips.y - 0.4 * hips.radius, 0.25 * r)
    angle, length = random.uniform(-1.3, 0.3), random.uniform(1, 2.2) * r
    return [tapered(root, Disc(root.x + length * np.cos(angle), root.y + length * np.sin(angle), 0.12 * r))]


def muzzle(random: Random, head: Disc, x: float, y: float) -> list[Points]:
    """A snout into the direction of (`x`, `y`)."""
    out = random.uniform(0.3, 0.9) * head.radius if x else 0.2 * head.radius
    norm = np.hypot(x, y)
    tip = Disc(
        head.x + (out + 0.4 * head.radius) * x / norm, head.y + (out + 0.4 * head.radius) * y / norm, 0.4 * head.radius
    )
    return [tapered(head._replace(radius=0.7 * head.radius), tip)]


def with_ears(random: Random, parts: list[Points], head: Disc, turned: float) -> Silhouette:
    """Upright and pointed ones or hanging ones; `turned` moves them to the back of a head that looks to the left."""
    r = head.radius
    if random.random() < 0.35:  # hanging
        ears = [ellipse(head.x + turned * r + s * 0.95 * r, head.y + 0.2 * r, 0.25 * r, 0.65 * r) for s in (-1, 1)]
        ears = ears[1:] if turned else ears
    else:
        out, wide = random.uniform(1.3, 1.9), random.uniform(0.25, 0.4)
        ears = [
            _pointed(head, angle + turned, wide, out)
            for angle in (-random.uniform(0.45, 0.7), random.uniform(0.45, 0.7))
        ]
    return Silhouette((*parts, *ears), head, np.concatenate(ears))


def _pointed(head: Disc, angle: float, wide: float, out: float) -> Points:
    """A triangle on `head`, `angle` from straight up, whose tip is `out` radii away from the centre."""
    angles = np.array([angle - wide, angle + wide, angle])
    radii = np.array([0.9, 0.9, out])[:, None] * head.radius
    return np.column_stack([np.sin(angles), -np.cos(angles)]) * radii + (head.x, head.y)


def disc(given: Disc) -> Points:
    return ellipse(given.x, given.y, given.radius, given.radius)


def ellipse(x: float, y: float, across: float, down: float) -> Points:
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return np.column_stack([x + across * np.cos(angles), y + down * np.sin(angles)])


def tapered(one: Disc, other: Disc) -> Points:
    """A limb from `one` to the `other`."""
    return hull(one, other)


def hull(*discs: Disc) -> Points:
    points = np.concatenate([disc(each) for each in discs]).astype(np.float32)
    return cv2.convexHull(points)[:, 0].astype(np.float64)


KINDS = {"sitting": sitting, "standing": standing, "portrait": portrait, "walking": walking, "lying": lying}
