"""Things of rods, rings and leaves, with ground to be seen through them."""

import numpy as np

from .curves import ellipse, limb, rounded
from .figure import Figure, Part, area
from .materials import coats


def thin(rng: np.random.Generator) -> Figure:
    """Something of rods, rings or leaves, with ground to be seen through it."""
    return (chair, wheel, plant)[int(rng.integers(3))](rng)


def plant(rng: np.random.Generator) -> Figure:
    """A pot of leaves on stems."""
    parts: list[Part] = []
    for _ in range(int(rng.integers(7, 18))):
        angle, reach = rng.normal(-1.57, 0.6), rng.uniform(0.8, 2.0)
        tip = np.array([np.cos(angle), np.sin(angle)]) * reach
        bend = tip * 0.55 + [0.0, -0.25]
        parts += [
            area(limb(np.stack([(0.0, 0.1), bend, tip]), [0.035, 0.03, 0.02]), "leaf", relief=0.0),
            area(
                ellipse(tip[0], tip[1], rng.uniform(0.25, 0.5), rng.uniform(0.08, 0.22), angle + rng.normal() * 0.4),
                "leaf",
            ),
        ]
    pot = np.array([(-0.6, 0.0), (0.6, 0.0), (0.42, 0.95), (-0.42, 0.95)])
    parts += [area(pot, "body"), area(ellipse(0.0, 0.0, 0.68, 0.12, 0.0, 4.0), "body", relief=0.6)]
    return Figure(tuple(parts), coats(rng), (0.0, -0.3, 1.2))


def chair(rng: np.random.Generator) -> Figure:
    """Rods, a seat and a back of slats."""
    r, high = rng.uniform(0.04, 0.09), rng.uniform(1.0, 1.6)
    rods: list[list[tuple[float, float]]] = [
        [(-0.7, 0.0), (-0.8, 1.3)],
        [(0.7, 0.0), (0.8, 1.3)],
        [(-0.45, -0.2), (-0.45, 1.0)],
        [(0.5, -0.2), (0.5, 1.0)],
        [(-0.6, 0.0), (-0.65, -high)],
        [(0.6, 0.0), (0.65, -high)],
    ]
    rods += [[(float(x), 0.0), (float(x) * 1.05, -high)] for x in np.linspace(-0.4, 0.4, int(rng.integers(1, 5)))]
    rods += [[(-0.65, y), (0.65, y)] for y in (-high, 0.7)]
    parts = [area(limb(rod, [r, r], 1), "body", relief=0.7) for rod in rods]
    seat = area(
        rounded([(-0.75, -0.05), (-0.5, -0.25), (0.55, -0.25), (0.75, -0.05), (0.7, 0.1), (-0.7, 0.1)], 1), "label"
    )
    return Figure((*parts, seat), coats(rng), (0.0, 0.0, 1.2))


def wheel(rng: np.random.Generator) -> Figure:
    """Rings and spokes, once or twice, with a frame between: a bicycle or a hoop."""
    rim, pair = rng.uniform(0.05, 0.14), rng.random() < 0.6
    parts: list[Part] = []
    for x in (-1.1, 1.1) if pair else (0.0,):
        parts.append(Part((ellipse(x, 0.0, 0.85, 0.85), ellipse(x, 0.0, 0.85 - rim, 0.85 - rim)), "ink"))
        parts += [
            area(limb([(x, 0.0), (x + 0.8 * np.cos(a), 0.8 * np.sin(a))], [0.015] * 2, 1), "metal", relief=0.0)
            for a in np.linspace(0, 6.28, int(rng.integers(5, 14)), endpoint=False)
        ]
    tubes = [
        [(-1.1, 0.0), (-0.6, -1.0)],
        [(-0.6, -1.0), (0.4, -0.9)],
        [(0.4, -0.9), (1.1, 0.0)],
        [(1.1, 0.0), (0.0, 0.1)],
        [(0.0, 0.1), (-0.6, -0.8)],
        [(0.0, 0.1), (0.5, -1.2)],
        [(-0.6, -1.0), (-0.8, -1.4)],
        [(-1.0, -1.4), (-0.6, -1.4)],
    ]
    parts += [area(limb(tube, [0.05, 0.05], 1), "body") for tube in tubes] if pair else []
    return Figure(tuple(parts), coats(rng), (0.0, 0.0, 1.2))
