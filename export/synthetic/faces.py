"""Heads seen from the front: of furry animals and of people. Local unit: the head's radius is about `r`."""

from dataclasses import dataclass

import numpy as np

from .curves import Curve, blob, ellipse, limb, rounded
from .figure import Part, area, mark


@dataclass(frozen=True)
class Muzzle:
    """How an animal's head is built."""

    ears: str
    snout: float
    fur: float
    slit: bool


def muzzle(rng: np.random.Generator) -> Muzzle:
    ears = str(rng.choice(["pointed", "pointed", "flop", "round"]))
    slit = ears == "pointed" and rng.random() < 0.7
    return Muzzle(ears, float(rng.uniform(0.2, 0.5)), float(rng.choice([0.05, 0.09, 0.16, 0.26])), slit)


def animal_head(rng: np.random.Generator, look: Muzzle, cx: float, cy: float, r: float) -> list[Part]:
    """Ears, skull, cheeks, snout, eyes, nose and whiskers, all coats of an animal."""
    wide, turn = r * rng.uniform(0.9, 1.12), r * rng.uniform(-0.18, 0.18)
    skull = area(blob(rng, cx, cy, wide, r * rng.uniform(0.85, 1.0), 0.03), "main", look.fur * r, 0.3)
    parts = _ears(rng, look, cx, cy, wide, r) + [skull]
    parts += _blaze(rng, cx + turn, cy, r) + _snout(rng, look, cx + turn, cy, r)
    parts += _eyes(rng, look, cx + turn, cy - 0.08 * r, r)
    if rng.random() < 0.7:
        parts += _whiskers(rng, cx + turn, cy + look.snout * r, r)
    return parts


def _ears(rng: np.random.Generator, look: Muzzle, cx: float, cy: float, wide: float, r: float) -> list[Part]:
    parts: list[Part] = []
    height, spread = rng.uniform(0.6, 1.0) * r, rng.uniform(0.5, 0.75)
    for side in (-1.0, 1.0):
        tilt = rng.uniform(-0.08, 0.08) * r
        x = cx + side * wide * spread
        outer = _ear(look.ears, x, cy, side, height + tilt, r)
        parts.append(area(outer, "main" if look.ears == "pointed" else "dark", look.fur * r * 0.6))
        if look.ears != "flop":
            hollow = (outer - outer.mean(0)) * 0.62 + outer.mean(0)
            parts.append(mark(hollow, "pink", 0.8, fur=look.fur * r * 0.5))
    return parts


def _ear(kind: str, x: float, cy: float, side: float, height: float, r: float) -> Curve:
    if kind == "pointed":
        tip = (x + side * 0.22 * r, cy - 0.7 * r - height)
        return rounded([(x - side * 0.38 * r, cy - 0.55 * r), tip, (x + side * 0.42 * r, cy - 0.1 * r)], 2)
    if kind == "flop":
        drop = [(x, cy - 0.7 * r), (x + side * 0.4 * r, cy - 0.5 * r), (x + side * 0.5 * r, cy + height * 0.7)]
        return limb(drop, [0.15 * r, 0.25 * r, 0.2 * r])
    return ellipse(x, cy - 0.7 * r, 0.36 * r, 0.36 * r)


def _blaze(rng: np.random.Generator, cx: float, cy: float, r: float) -> list[Part]:
    """A light blaze, dark forehead bars or a patch round one eye."""
    kind = int(rng.integers(5))
    if kind == 0:
        return [
            mark(
                rounded(
                    [
                        (cx - 0.08 * r, cy - 0.9 * r),
                        (cx + 0.08 * r, cy - 0.9 * r),
                        (cx + 0.3 * r, cy + 0.9 * r),
                        (cx - 0.3 * r, cy + 0.9 * r),
                    ]
                ),
                "light",
                fur=0.08 * r,
            )
        ]
    if kind == 1:
        return [
            mark(
                limb([(cx + k * 0.14 * r, cy - 0.9 * r), (cx + k * 0.1 * r, cy - 0.4 * r)], [0.05 * r, 0.03 * r], 1),
                "dark",
                opacity=0.7,
                fur=0.05 * r,
            )
            for k in (-2, -1, 0, 1, 2)
        ]
    if kind == 2:
        return [mark(ellipse(cx + 0.38 * r, cy - 0.1 * r, 0.32 * r, 0.38 * r, 0.3), "dark", fur=0.08 * r)]
    return []


def _snout(rng: np.random.Generator, look: Muzzle, cx: float, cy: float, r: float) -> list[Part]:
    low, size = cy + (0.2 + look.snout * 0.5) * r, look.snout * r
    coat = "light" if rng.random() < 0.7 else "main"
    nose = 0.55 * size
    parts = [mark(ellipse(cx, low + 0.7 * size, 0.5 * size, 0.35 * size), coat, 0.8, fur=0.06 * r)]
    parts += [
        mark(ellipse(cx + s * 0.5 * size, low + 0.35 * size, 0.75 * size, 0.6 * size, s * 0.3), coat, 0.8, fur=0.07 * r)
        for s in (-1.0, 1.0)
    ]
    parts.append(
        mark(
            rounded([(cx - nose, low - 0.2 * size), (cx + nose, low - 0.2 * size), (cx, low + 0.4 * size)], 2),
            "nose",
            1.2,
        )
    )
    mouth = [(cx - 0.7 * size, low + 0.75 * size), (cx, low + 0.8 * size), (cx + 0.7 * size, low + 0.75 * size)]
    return parts + [
        mark(
            limb(
                [
                    mouth[0],
                    (cx - 0.3 * size, low + 0.95 * size),
                    mouth[1],
                    (cx + 0.3 * size, low + 0.95 * size),
                    mouth[2],
                ],
                [0.02 * r] * 5,
            ),
            "nose",
            0.0,
            0.7,
        )
    ]


def _eyes(rng: np.random.Generator, look: Muzzle, cx: float, cy: float, r: float) -> list[Part]:
    apart, eye = rng.uniform(0.36, 0.48) * r, rng.uniform(0.13, 0.22) * r
    lid, gaze = rng.uniform(0.55, 1.0), rng.uniform(-0.15, 0.15) * eye
    parts: list[Part] = []
    for side in (-1.0, 1.0):
        x = cx + side * apart
        pupil = 0.25 * eye if look.slit else 0.6 * eye
        parts += [
            mark(ellipse(x, cy, 1.25 * eye, 1.2 * eye * lid, side * -0.25), "nose", 0.0, 0.85),
            mark(ellipse(x, cy, eye, eye * lid, side * -0.25), "iris", 0.8),
            mark(ellipse(x + gaze, cy, pupil, 0.8 * eye * lid), "black", 0.0),
            mark(ellipse(x + gaze - 0.3 * eye, cy - 0.3 * eye, 0.18 * eye, 0.18 * eye), "white", 0.0),
        ]
    return parts


def _whiskers(rng: np.random.Generator, cx: float, cy: float, r: float) -> list[Part]:
    hairs = []
    for side in (-1.0, 1.0):
        for k in range(int(rng.integers(4, 8))):
            reach, drop = rng.uniform(0.7, 1.3) * r, rng.uniform(-0.3, 0.35) * r
            root = (cx + side * 0.25 * r, cy + 0.03 * r * k)
            hairs.append(_hair(root, (root[0] + side * reach, root[1] + drop), rng.uniform(-0.15, 0.1) * r))
    return [Part(tuple(hairs), "white", 0.008 * r, lines=True, opacity=float(rng.uniform(0.5, 0.95)))]


def _hair(root: tuple[float, float], tip: tuple[float, float], sag: float) -> Curve:
    t = np.linspace(0.0, 1.0, 6)[:, None]
    return np.array(root) * (1 - t) + np.array(tip) * t + np.array([0.0, sag]) * 4 * t * (1 - t)


def person_head(rng: np.random.Generator, cx: float, cy: float, r: float) -> tuple[list[Part], list[Part]]:
    """(what lies behind the body, what lies before it): long hair falls behind the shoulders."""
    turn = rng.uniform(-0.2, 0.2) * r
    style = str(rng.choice(["short", "short", "long", "long", "curly", "bald", "hat"]))
    behind = _back_hair(rng, style, cx, cy, r)
    chin = rng.uniform(1.15, 1.35) * r
    skull = area(rounded(blob(rng, cx, cy + 0.1 * r, 0.85 * r, chin * 0.95, 0.015)[::6], 3), "skin", relief=0.9)
    ears = [area(ellipse(cx + s * 0.85 * r, cy + 0.12 * r, 0.12 * r, 0.24 * r), "skin") for s in (-1.0, 1.0)]
    before = ears + [skull] + _features(rng, cx + turn, cy, r) + _front_hair(rng, style, cx, cy, r)
    return behind, before


def _back_hair(rng: np.random.Generator, style: str, cx: float, cy: float, r: float) -> list[Part]:
    if style == "long":
        low, wide = rng.uniform(0.9, 2.2) * r, rng.uniform(1.0, 1.3) * r
        shape = [
            (cx - 0.6 * wide, cy - 1.15 * r),
            (cx + 0.6 * wide, cy - 1.15 * r),
            (cx + 1.1 * wide, cy),
            (cx + 1.15 * wide, cy + low),
            (cx - 1.15 * wide, cy + low),
            (cx - 1.1 * wide, cy),
        ]
        return [area(rounded(shape), "hair", rng.uniform(0.15, 0.4) * r, 1.6, 0.7)]
    if style == "curly":
        wide = rng.uniform(1.1, 1.6) * r
        return [area(blob(rng, cx, cy - 0.15 * r, wide, wide * 0.95, 0.06), "hair", rng.uniform(0.15, 0.35) * r, 0.0)]
    return []


def _front_hair(rng: np.random.Generator, style: str, cx: float, cy: float, r: float) -> list[Part]:
    if style == "bald":
        return []
    top, line, part = rng.uniform(1.15, 1.4), rng.uniform(0.35, 0.6), rng.uniform(-0.4, 0.4)
    cap = rounded(
        [
            (cx - 1.0 * r, cy + 0.1 * r),
            (cx - 0.95 * r, cy - 0.8 * r),
            (cx - 0.4 * r, cy - top * r),
            (cx + 0.4 * r, cy - top * r),
            (cx + 0.95 * r, cy - 0.8 * r),
            (cx + 1.0 * r, cy + 0.1 * r),
            (cx + 0.72 * r, cy - 0.2 * r),
            (cx + part * r, cy - line * r),
            (cx - 0.72 * r, cy - 0.2 * r),
        ],
        2,
    )
    if style == "hat":
        brim = rng.uniform(1.0, 1.7) * r
        return [area(cap, "shirt"), area(ellipse(cx, cy - 0.45 * r, brim, 0.16 * r), "trousers")]
    return [area(cap, "hair", rng.uniform(0.06, 0.2) * r, 0.5 if style != "curly" else 0.0, 0.8)]


def _features(rng: np.random.Generator, cx: float, cy: float, r: float) -> list[Part]:
    parts = [
        mark(
            limb(
                [(cx, cy - 0.05 * r), (cx - 0.05 * r, cy + 0.3 * r), (cx + 0.02 * r, cy + 0.45 * r)],
                [0.04 * r, 0.1 * r, 0.13 * r],
            ),
            "skin",
            1.2,
        )
    ]
    for side in (-1.0, 1.0):
        x = cx + side * 0.34 * r
        brow = [(x - side * 0.2 * r, cy - 0.18 * r), (x, cy - 0.27 * r), (x + side * 0.24 * r, cy - 0.17 * r)]
        parts += [
            mark(limb(brow, [0.05 * r, 0.06 * r, 0.03 * r]), "hair", 0.0, 0.8),
            mark(ellipse(x, cy + 0.02 * r, 0.18 * r, 0.1 * r), "white", 0.0),
            mark(ellipse(x, cy + 0.02 * r, 0.09 * r, 0.09 * r), "iris", 0.0),
            mark(ellipse(x, cy + 0.02 * r, 0.05 * r, 0.05 * r), "black", 0.0),
        ]
    smile, y = rng.uniform(-0.05, 0.14) * r, cy + 0.72 * r
    mouth = [(cx - 0.32 * r, y - smile), (cx - 0.1 * r, y), (cx + 0.1 * r, y), (cx + 0.32 * r, y - smile)]
    parts.append(mark(limb(mouth, [0.03 * r, 0.09 * r, 0.09 * r, 0.03 * r]), "lip", 0.5))
    if rng.random() < 0.2:
        parts.append(mark(ellipse(cx, cy + 0.9 * r, 0.75 * r, 0.5 * r), "hair", 0.3, 0.7, fur=0.1 * r))
    return parts
