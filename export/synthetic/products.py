"""Solid things: turned vessels, cups with saucers, boxes, shoes, cars, toys."""

import numpy as np

from .curves import Curve, blob, ellipse, limb, rounded
from .figure import Figure, Part, area, mark
from .materials import coats
from .thin import plant


def product(rng: np.random.Generator) -> Figure:
    build = (cup, cup, vessel, vessel, box, shoe, vehicle, toy, plant)[int(rng.integers(9))]
    return build(rng)


def cup(rng: np.random.Generator) -> Figure:
    """A cup seen from above its rim, with handle, drink and sometimes saucer and spoon."""
    tilt, foot, tall = rng.uniform(0.15, 0.5), rng.uniform(0.55, 0.95), rng.uniform(0.9, 1.8)
    rim, base = ellipse(0.0, 0.0, 1.0, tilt), ellipse(0.0, tall, foot, foot * tilt)
    body = np.concatenate(
        [[(-1.0, 0.0), (1.0, 0.0)], _bulge(foot, tall), base[:29], _bulge(foot, tall)[::-1] * [-1, 1]]
    )
    parts = _saucer(rng, tall, foot, tilt) if rng.random() < 0.5 else []
    parts += [_handle(rng, tall)] if rng.random() < 0.8 else []
    parts += [
        area(body, "body", relief=1.0),
        area(rim, "body", relief=0.3),
        mark(ellipse(0.0, 0.02, 0.92, tilt * 0.9), "inside"),
    ]
    parts += [mark(ellipse(0.0, 0.12 * tilt + 0.02, 0.86, tilt * 0.78), "drink", 0.2)] * int(rng.random() < 0.7)
    return Figure(tuple(parts), coats(rng), (0.0, 0.5, 1.3))


def _bulge(foot: float, tall: float) -> Curve:
    t = np.linspace(0.1, 0.9, 7)
    return np.stack([1.0 + (foot - 1.0) * t**2, tall * t], 1)


def _handle(rng: np.random.Generator, tall: float) -> Part:
    high, wide = tall * rng.uniform(0.25, 0.36), rng.uniform(0.35, 0.5)
    outer, inner = ellipse(1.0, tall * 0.42, wide, high), ellipse(1.0, tall * 0.42, wide * 0.62, high * 0.66)
    return Part((outer, inner), "body", relief=0.8)


def _saucer(rng: np.random.Generator, tall: float, foot: float, tilt: float) -> list[Part]:
    wide = rng.uniform(1.4, 2.0)
    plate = ellipse(0.0, tall + 0.02, wide, wide * tilt)
    parts = [
        area(plate + [0.0, 0.07], "side"),
        area(plate, "top", relief=0.5),
        mark(ellipse(0.0, tall + 0.02, foot * 1.25, foot * 1.25 * tilt), "side", 0.5, 0.6),
    ]
    if rng.random() < 0.5:
        x, y = -wide * 0.75, tall + 0.3 * tilt
        parts += [
            area(limb([(x, y), (x + 1.2, y + wide * tilt * 0.9)], [0.05, 0.04], 1), "metal"),
            area(ellipse(x, y, 0.22, 0.12, 0.5), "metal"),
        ]
    return parts


def vessel(rng: np.random.Generator) -> Figure:
    """A turned body (bottle, vase, jar, lamp): a random profile mirrored, with neck, cap and label."""
    tall, knots = rng.uniform(1.2, 3.6), rng.uniform(0.25, 1.0, 5)
    knots[-1], knots[1] = max(knots[-1], 0.45), max(knots[1], 0.3)
    level = np.linspace(0.0, 1.0, 32)
    soft = np.interp(level, np.linspace(0, 1, 5), knots)
    radius = np.convolve(np.pad(soft, 3, mode="edge"), np.ones(7) / 7, "valid")
    if rng.random() < 0.5:
        neck = rng.uniform(0.15, 0.35)
        radius = np.where(level < neck, rng.uniform(0.12, 0.3), rng.uniform(0.4, 0.7))
        radius = np.convolve(np.pad(radius, 3, mode="edge"), np.ones(7) / 7, "valid")
    right = np.stack([radius, level * tall], 1)
    foot = ellipse(0.0, tall, radius[-1], radius[-1] * 0.15)[:28]
    body = np.concatenate([right, foot, right[::-1] * [-1, 1]])
    parts = [area(body, "body", relief=1.3)] + _label(rng, radius, tall)
    if rng.random() < 0.6:
        parts.append(area(ellipse(0.0, -0.05, radius[0] * 1.08, rng.uniform(0.08, 0.2), 0.0, 5.0), "trim"))
    glare = limb([(-0.55 * radius[12], 0.35 * tall), (-0.6 * radius[26], 0.85 * tall)], [0.05, 0.03])
    parts += [mark(glare, "top", 0.0, 0.6)] * int(rng.random() < 0.6)
    return Figure(tuple(parts), coats(rng), (0.0, 0.5 * tall, 0.65 * tall))


def _label(rng: np.random.Generator, radius: Curve, tall: float) -> list[Part]:
    if rng.random() < 0.4:
        return []
    top, low = rng.uniform(0.4, 0.55) * tall, rng.uniform(0.7, 0.9) * tall
    plate = rounded([(-2.0, top), (0.0, top + 0.08), (2.0, top), (2.0, low), (0.0, low + 0.08), (-2.0, low)], 1)
    lines = [
        mark(limb([(-0.3, y), (rng.uniform(0.0, 0.35), y)], [0.03, 0.03], 1), "ink", 0.0)
        for y in np.linspace(top + 0.2, low - 0.1, int(rng.integers(1, 5)))
    ]
    return [mark(plate, "label", 0.3)] + lines


def box(rng: np.random.Generator) -> Figure:
    """A cuboid with three faces to be seen."""
    w, h, d = rng.uniform(0.6, 1.6), rng.uniform(0.5, 1.8), rng.uniform(0.2, 0.8)
    rise = d * rng.uniform(0.3, 0.8)
    front = np.array([(-w, 0.0), (w, 0.0), (w, h), (-w, h)])
    back = np.array([d, -rise])
    right = np.array([front[1], front[1] + back, front[2] + back, front[2]])
    top = np.array([front[0], front[0] + back, front[1] + back, front[1]])
    parts = [area(right, "side", relief=0.3), area(top, "top", relief=0.2), area(front, "body", relief=0.25)]
    inset = front * rng.uniform(0.4, 0.8) + [0, h * 0.2]
    parts += [mark(inset, "label", 0.1)] * int(rng.random() < 0.6)
    parts += [mark(limb([(-0.4 * w, y), (0.4 * w, y)], [0.04 * h] * 2, 1), "ink", 0.0) for y in (0.4 * h, 0.6 * h)]
    return Figure(tuple(parts), coats(rng), (0.0, 0.5 * h, 1.0))


def shoe(rng: np.random.Generator) -> Figure:
    """A shoe from the side."""
    high = rng.uniform(0.7, 1.5)
    upper = rounded(
        [
            (-1.6, 0.1),
            (-1.5, -0.25),
            (-0.7, -0.4),
            (-0.1, -high * 0.8),
            (0.1, -high),
            (0.95, -high),
            (1.0, -0.4),
            (1.1, 0.15),
        ],
        2,
    )
    sole = rounded([(-1.75, 0.05), (1.15, 0.05), (1.2, 0.3), (-1.7, 0.3)], 2)
    laces = [
        mark(
            limb([(-0.75 + 0.2 * k, -0.3 - 0.16 * k), (-0.35 + 0.2 * k, -0.2 - 0.12 * k)], [0.035] * 2, 1), "trim", 0.0
        )
        for k in range(4)
    ]
    stripe = mark(limb([(0.6, 0.0), (0.1, -0.5)], [0.1, 0.07]), "label", 0.2)
    return Figure(
        (area(upper, "body", relief=1.2), *laces, stripe, area(sole, "top", relief=0.6)), coats(rng), (0.0, -0.2, 1.2)
    )


def vehicle(rng: np.random.Generator) -> Figure:
    """A car from the side."""
    roof = rng.uniform(0.7, 1.1)
    cabin = rounded([(-0.9, -0.3), (-0.5, -roof), (0.6, -roof), (1.2, -0.3)], 2)
    body = rounded([(-1.9, -0.2), (-0.9, -0.4), (1.3, -0.4), (1.9, -0.25), (1.95, 0.35), (-1.95, 0.35)], 2)
    glass = mark((cabin - cabin.mean(0)) * [0.8, 0.7] + cabin.mean(0), "ink", 0.4)
    wheels = [Part((ellipse(x, 0.35, r, r),), c) for x in (-1.1, 1.15) for r, c in ((0.38, "ink"), (0.2, "metal"))]
    lamp = mark(ellipse(-1.8, -0.05, 0.12, 0.08), "top", 0.0)
    door = mark(limb([(0.1, -0.35), (0.1, 0.3)], [0.02, 0.02], 1), "ink", 0.0, 0.7)
    return Figure((area(cabin, "body"), glass, area(body, "body"), lamp, door, *wheels), coats(rng), (0.0, 0.0, 1.3))


def toy(rng: np.random.Generator) -> Figure:
    """A lump of smooth bodies: fruit, toy, stone, bag."""
    count = int(rng.integers(1, 5))
    names = ("body", "label", "trim", "side")
    parts = [area(_lump(rng, 0.6, 0.4, 1.0), names[k % 4], relief=1.3) for k in range(count)]
    parts += [
        mark(_lump(rng, 0.5, 0.05, 0.3), str(rng.choice(["ink", "top", "trim"])))
        for _ in range(int(rng.integers(0, 4)))
    ]
    strap = Part((ellipse(0, -0.7, 0.6, 0.7), ellipse(0, -0.7, 0.5, 0.6)), "trim")
    return Figure(tuple([strap] * int(rng.random() < 0.25) + parts), coats(rng), (0.0, 0.0, 1.0))


def _lump(rng: np.random.Generator, off: float, least: float, most: float) -> Curve:
    x, y = rng.uniform(-off, off, 2)
    wide, high = rng.uniform(least, most, 2)
    return blob(rng, x, y, wide, high, 0.09)
