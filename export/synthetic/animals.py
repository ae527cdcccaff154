"""Furry animals: a close-up of the head, one that sits, one that stands or walks, one that lies; and a bird."""

import numpy as np

from .colours import FURS, IRISES, chosen, near, vivid
from .curves import blob, ellipse, limb, rounded
from .faces import animal_head, muzzle
from .figure import Coat, Colour, Figure, Part, area, mark


def animal(rng: np.random.Generator) -> Figure:
    build = (closeup, sitting, standing, lying, standing, sitting, bird)[int(rng.integers(7))]
    return build(rng)


def coats(rng: np.random.Generator) -> dict[str, Coat]:
    """The coats that heads and bodies of animals name."""
    base = chosen(rng, FURS)
    other = chosen(rng, FURS) if rng.random() < 0.5 else near(rng, base * np.float32(rng.uniform(0.4, 0.7)), 0.03)
    pattern = str(rng.choice(["mottled", "tabby", "tabby", "patches", "spots", "plain", "gradient"]))
    scale, angle, grain = rng.uniform(5, 16), rng.uniform(-0.6, 0.6), rng.uniform(0.1, 0.25)
    light = np.minimum(base * 0.4 + np.float32(0.55), 1.0).astype(np.float32)

    def of(colour: Colour, spread: float = 0.05, grained: float = 0.05) -> Coat:
        return Coat(colour, near(rng, colour, spread), grain=grained)

    return {
        "main": Coat(base, other, pattern, scale, angle, grain),
        "far": Coat(base * np.float32(0.7), other * np.float32(0.7), pattern, scale, angle, grain),
        "dark": Coat(base * np.float32(0.55), other * np.float32(0.6), grain=grain),
        "light": of(light, 0.06, grain),
        "nose": of(near(rng, np.array([0.14, 0.1, 0.1], np.float32), 0.06)),
        "pink": of(near(rng, np.array([0.72, 0.5, 0.46], np.float32), 0.1)),
        "iris": of(chosen(rng, IRISES), 0.1),
        "black": of(np.full(3, 0.03, np.float32), 0.01),
        "white": of(np.full(3, 0.95, np.float32), 0.02),
        "collar": of(vivid(rng)),
    }


def closeup(rng: np.random.Generator) -> Figure:
    """Head, neck and chest, which the lower border cuts."""
    look = muzzle(rng)
    chest = rng.uniform(0.9, 1.5)
    lean = rng.uniform(-0.4, 0.4)
    body = rounded(
        [
            (-0.55 + lean, 0.2),
            (0.55 + lean, 0.2),
            (chest + lean, 1.6),
            (chest + lean, 3.4),
            (-chest + lean, 3.4),
            (-chest + lean, 1.6),
        ]
    )
    parts = [area(body, "main", 1.2 * look.fur, 0.9)]
    parts += [mark(blob(rng, lean, 1.7, 0.5 * chest, 0.9), "light", 0.6, fur=1.2 * look.fur)] * int(rng.random() < 0.5)
    parts += [mark(limb([(-0.8, 0.75), (0, 1.05), (0.8, 0.75)], [0.09] * 3), "collar", 0.8)] * int(rng.random() < 0.25)
    return Figure(tuple(parts + animal_head(rng, look, 0.0, 0.0, 1.0)), coats(rng), (0.0, 0.05, 1.15), cut_below=True)


def sitting(rng: np.random.Generator) -> Figure:
    """Seen from the front, upright on its haunches."""
    look, wide, tall = muzzle(rng), rng.uniform(0.75, 1.05), rng.uniform(1.9, 2.6)
    fur, r, lean = look.fur * 0.8, rng.uniform(0.6, 0.8), rng.uniform(-0.2, 0.2)
    side = rng.choice([-1.0, 1.0])
    tail = limb(
        [(side * 0.5, tall - 0.15), (side * 1.3, tall - 0.1), (side * rng.uniform(1.1, 1.7), tall - rng.uniform(0, 1))],
        [0.13, 0.15, 0.1],
    )
    body = rounded(
        [
            (-0.42 * wide + lean, 0.1),
            (0.42 * wide + lean, 0.1),
            (0.75 * wide, tall * 0.6),
            (0.85 * wide, tall),
            (-0.85 * wide, tall),
            (-0.75 * wide, tall * 0.6),
        ]
    )
    parts = [area(tail, "main", fur)]
    parts += [area(ellipse(s * 0.68 * wide, tall * 0.8, 0.36 * wide, 0.25 * tall), "main", fur) for s in (-1.0, 1.0)]
    parts += [area(body, "main", fur, 0.6)]
    parts += [mark(blob(rng, lean, tall * 0.4, 0.32 * wide, tall * 0.25), "light", 0.6, fur=fur)] * int(
        rng.random() < 0.6
    )
    for s in (-1.0, 1.0):
        leg = [(s * 0.25 * wide + lean, tall * 0.45), (s * 0.24 * wide, tall * 0.8), (s * 0.26 * wide, tall + 0.05)]
        parts += [
            area(limb(leg, [0.2 * wide, 0.16 * wide, 0.15 * wide]), "main", 0.5 * fur, 0.6),
            area(ellipse(leg[2][0], tall + 0.1, 0.21 * wide, 0.12), "light", 0.4 * fur),
        ]
    parts += animal_head(rng, look, lean * 1.5, -0.35, r)
    return Figure(tuple(parts), coats(rng), (lean, 0.2, 1.3))


def standing(rng: np.random.Generator) -> Figure:
    """Seen from the side, standing or walking."""
    fur = float(rng.choice([0.03, 0.05, 0.09, 0.16]))
    long, deep, legs = rng.uniform(0.8, 1.2), rng.uniform(0.3, 0.46), rng.uniform(0.6, 1.1)
    stride = rng.uniform(0.0, 0.3, 4) * rng.choice([-1.0, 1.0], 4)
    parts = [_leg(x * long, s, deep, legs, "far", fur) for x, s in zip((-0.68, 0.8), stride[:2], strict=True)]
    parts.append(_tail(rng, long, deep, fur))
    trunk = limb(
        [(-0.75 * long, -0.04), (0.0, rng.uniform(-0.02, 0.12)), (0.8 * long, -0.02)],
        [deep, deep * rng.uniform(0.85, 1.05), deep * 0.88],
    )
    parts.append(area(trunk, "main", fur, 0.7))
    parts += [_leg(x * long, s, deep, legs, "main", fur) for x, s in zip((-0.8, 0.85), stride[2:], strict=True)]
    return Figure(tuple(parts + _profile(rng, long, deep, fur)), coats(rng), (-0.8 * long, -0.2, 0.9))


def _leg(x: float, stride: float, deep: float, legs: float, coat: str, fur: float) -> Part:
    knee, foot = (x + 0.5 * stride, deep + 0.3 * legs), (x + stride, deep + legs)
    path = [(x, 0.0), knee, foot, (foot[0] - 0.1, foot[1] + 0.02)]
    return area(limb(path, [0.55 * deep, 0.3 * deep, 0.17 * deep, 0.15 * deep], 2), coat, 0.5 * fur, 0.6)


def _tail(rng: np.random.Generator, long: float, deep: float, fur: float) -> Part:
    up = rng.uniform(-0.8, 0.7)
    path = [(1.0 * long, -0.2 * deep), (1.3 * long, -0.3 * deep + 0.2 * up), (rng.uniform(1.2, 1.9) * long, up)]
    return area(limb(path, [0.3 * deep, 0.2 * deep, 0.12 * deep]), "main", 1.4 * fur, 0.8)


def _profile(rng: np.random.Generator, long: float, deep: float, fur: float) -> list[Part]:
    """Neck and head of an animal that faces left."""
    r, up = rng.uniform(0.24, 0.34), rng.uniform(-0.1, 0.75)
    x, y = -1.05 * long - rng.uniform(0.05, 0.25), -0.1 - up
    snout = rng.uniform(1.2, 2.0) * r
    parts = [
        area(limb([(-0.7 * long, -0.1 * deep), (x + 0.1, y + 0.05)], [0.8 * deep, 0.75 * r]), "main", fur, 0.8),
        area(limb([(x, y), (x - snout, y + 0.45 * r)], [0.6 * r, 0.36 * r]), "main", 0.3 * fur),
        area(blob(rng, x, y, r, 0.92 * r, 0.03), "main", 0.8 * fur),
        area(ellipse(x - snout - 0.25 * r, y + 0.25 * r, 0.16 * r, 0.13 * r), "nose"),
        mark(ellipse(x - 0.35 * r, y - 0.15 * r, 0.14 * r, 0.12 * r), "black", 0.0),
        mark(limb([(x - snout - 0.2 * r, y + 0.6 * r), (x - 0.6 * r, y + 0.55 * r)], [0.03 * r] * 2), "nose", 0.0),
    ]
    drop = rng.random() < 0.5
    tip = (x + 0.45 * r, y + 0.8 * r) if drop else (x + 0.4 * r, y - rng.uniform(1.5, 2.2) * r)
    ear = rounded([(x - 0.15 * r, y - 0.65 * r), tip, (x + 0.7 * r, y - 0.45 * r)], 2)
    collar = mark(limb([(x - 0.3 * r, y + 1.1 * r), (x + 0.9 * r, y + 0.5 * r)], [0.12 * r] * 2), "collar")
    return parts + [area(ear, "dark" if drop else "main", 0.6 * fur)] + [collar] * int(rng.random() < 0.3)


def lying(rng: np.random.Generator) -> Figure:
    """Curled or stretched on the ground, its head before the body."""
    look, long, deep = muzzle(rng), rng.uniform(1.1, 1.8), rng.uniform(0.5, 0.7)
    fur = look.fur * 0.6
    trunk = limb([(-0.8 * long, 0.05), (0.0, -0.08), (0.85 * long, 0.1)], [deep * 0.85, deep, deep * 0.95])
    tail = limb([(long, 0.3), (1.4 * long, 0.55), (rng.uniform(0.5, 1.6) * long, 0.75)], [0.14, 0.14, 0.1])
    paws = [
        area(
            limb([(-0.8 * long, 0.4), (-1.1 * long + dx, 0.62), (-1.5 * long + dx, 0.68)], [0.24, 0.17, 0.15]),
            coat,
            0.5 * fur,
        )
        for dx, coat in ((0.35, "far"), (0.0, "main"))
    ]
    haunch = area(ellipse(0.75 * long, 0.2, 0.42 * long, 0.55, 0.2), "main", fur)
    head = animal_head(rng, look, -1.0 * long, -rng.uniform(0.1, 0.6), rng.uniform(0.45, 0.6))
    parts = [area(tail, "main", fur), paws[0], area(trunk, "main", fur), haunch, paws[1], *head]
    return Figure(tuple(parts), coats(rng), (-0.6 * long, 0.0, 1.0))


def bird(rng: np.random.Generator) -> Figure:
    """Perched, seen from the side."""
    tilt, fat, r = rng.uniform(0.2, 0.9), rng.uniform(0.42, 0.6), rng.uniform(0.28, 0.36)
    x, y = -0.75 * np.cos(tilt), -0.75 * np.sin(tilt)
    tail = limb([(0.4, 0.3), (1.2 * np.cos(tilt) + 0.1, 1.2 * np.sin(tilt))], [0.18, 0.1])
    legs = [
        area(limb([(dx, 0.3), (dx + 0.05, 0.95), (dx - 0.12, 1.0)], [0.05, 0.03, 0.03], 1), "nose")
        for dx in (-0.1, 0.12)
    ]
    beak = area(
        rounded(
            [(x - 0.7 * r, y - 0.3 * r), (x - r * rng.uniform(1.5, 2.4), y + 0.1 * r), (x - 0.7 * r, y + 0.3 * r)], 1
        ),
        "collar",
    )
    body = area(ellipse(0.0, 0.0, 0.85, fat, tilt, 2.2), "main", 0.04, 0.5)
    wing = area(
        limb([(-0.25, -0.1), (0.4, 0.2), (0.95 * np.cos(tilt), 0.95 * np.sin(tilt))], [0.22, 0.26, 0.06]), "dark", 0.04
    )
    head = area(blob(rng, x, y, r, r, 0.03), "main", 0.03)
    eye = [mark(ellipse(x - 0.3 * r, y - 0.15 * r, s * r, s * r), c, 0.0) for s, c in ((0.2, "iris"), (0.13, "black"))]
    breast = mark(ellipse(-0.35, 0.2, 0.4, 0.35, tilt), "light", 0.5, fur=0.05)
    return Figure((area(tail, "dark"), *legs, body, breast, beak, head, wing, *eye), coats(rng), (x, y, 0.9))
