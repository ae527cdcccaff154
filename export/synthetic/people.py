"""People: head and shoulders cut by the lower border, and whole bodies."""

import numpy as np

from .colours import HAIRS, IRISES, SKINS, chosen, near, vivid
from .curves import ellipse, limb, rounded
from .faces import person_head
from .figure import Coat, Colour, Figure, Part, area, mark

GARMENTS = ("folds", "folds", "plain", "bands", "checks", "mottled", "spots", "gradient")


def person(rng: np.random.Generator) -> Figure:
    return portrait(rng) if rng.random() < 0.6 else whole(rng)


def coats(rng: np.random.Generator) -> dict[str, Coat]:
    skin, hair = chosen(rng, SKINS, 0.04), chosen(rng, HAIRS, 0.04)

    def of(colour: Colour, spread: float = 0.05, grain: float = 0.03) -> Coat:
        return Coat(colour, near(rng, colour, spread), grain=grain)

    def cloth(colour: Colour) -> Coat:
        second = vivid(rng) if rng.random() < 0.4 else colour * np.float32(rng.uniform(0.55, 0.85))
        return Coat(colour, second, str(rng.choice(GARMENTS)), rng.uniform(4, 14), rng.uniform(0, 3.1), 0.06)

    lip = np.clip(skin * np.array([0.9, 0.62, 0.62], np.float32), 0, 1)
    return {
        "skin": Coat(skin, near(rng, skin, 0.05), "mottled", 3.0, grain=0.02),
        "lip": of(lip),
        "hair": Coat(hair, hair * np.float32(0.5), grain=0.3),
        "shirt": cloth(vivid(rng)),
        "trousers": cloth(vivid(rng)),
        "shoe": of(vivid(rng) * np.float32(0.6)),
        "badge": of(vivid(rng), 0.3),
        "white": of(np.full(3, 0.9, np.float32)),
        "iris": of(chosen(rng, IRISES) * np.float32(0.6)),
        "black": of(np.full(3, 0.03, np.float32), 0.01),
    }


def portrait(rng: np.random.Generator) -> Figure:
    """Head, shoulders and sometimes arms; the head's radius is about 1."""
    wide, drop, lean = rng.uniform(1.7, 2.5), rng.uniform(1.55, 1.85), rng.uniform(-0.3, 0.3)
    behind, before = person_head(rng, lean, 0.0, 1.0)
    shoulder = rng.uniform(0.3, 0.6)
    torso = rounded(
        [
            (-0.5, drop - 0.25),
            (0.5, drop - 0.25),
            (wide * 0.8, drop + shoulder * 0.6),
            (wide, drop + shoulder + 0.5),
            (wide * 1.02, 6.0),
            (-wide * 1.02, 6.0),
            (-wide, drop + shoulder + 0.5),
            (-wide * 0.8, drop + shoulder * 0.6),
        ]
    )
    neck = area(limb([(lean, 0.6), (0.0, drop + 0.3)], [0.48, 0.55], 1), "skin", relief=0.6)
    parts = [
        *behind,
        area(torso, "shirt", rng.choice([0.0, 0.0, 0.03])),
        neck,
        *_collar(rng, drop),
        *_arms(rng, wide, drop),
        *_badges(rng, wide, drop),
    ]
    return Figure(tuple(parts + before), coats(rng), (0.0, 0.5, 2.0), cut_below=True)


def _collar(rng: np.random.Generator, drop: float) -> list[Part]:
    kind = int(rng.integers(4))
    if kind == 0:
        return [
            area(
                rounded([(s * 0.5, drop - 0.35), (s * 0.75, drop - 0.1), (s * 0.3, drop + 0.7), (0.0, drop + 0.5)], 1),
                "trousers",
            )
            for s in (-1.0, 1.0)
        ]
    if kind == 1:
        return [area(limb([(-0.62, drop - 0.2), (0.0, drop + 0.25), (0.62, drop - 0.2)], [0.2, 0.24, 0.2]), "trousers")]
    if kind == 2:
        return [
            mark(rounded([(-0.5, drop - 0.3), (0.5, drop - 0.3), (0.0, drop + rng.uniform(0.4, 1.2))], 1), "skin", 0.2)
        ]
    return []


def _arms(rng: np.random.Generator, wide: float, drop: float) -> list[Part]:
    parts = []
    for side in (-1.0, 1.0):
        elbow = (side * wide * rng.uniform(0.95, 1.3), drop + rng.uniform(1.9, 2.6))
        hand = (side * rng.uniform(-0.3, 1.0) * wide, elbow[1] + rng.uniform(-0.9, 1.2))
        sleeve = limb([(side * wide * 0.8, drop + 0.7), elbow, hand], [0.5, 0.45, 0.36])
        parts += [area(sleeve, "shirt"), area(ellipse(hand[0], hand[1], 0.36, 0.3), "skin")]
    return parts if rng.random() < 0.6 else []


def _badges(rng: np.random.Generator, wide: float, drop: float) -> list[Part]:
    """Patches, buttons and pockets on the chest."""
    spots = int(rng.integers(0, 4))
    return [
        mark(
            ellipse(
                rng.uniform(-0.7, 0.7) * wide,
                drop + rng.uniform(0.6, 2.0),
                rng.uniform(0.08, 0.3),
                rng.uniform(0.08, 0.3),
                0.0,
                rng.choice([2.0, 6.0]),
            ),
            str(rng.choice(["badge", "white"])),
        )
        for _ in range(spots)
    ]


def whole(rng: np.random.Generator) -> Figure:
    """A standing, walking or gesturing body about 7.5 heads tall; the head's radius is about 0.3."""
    wide, hip = rng.uniform(0.6, 0.8), rng.uniform(0.38, 0.5)
    behind, before = person_head(rng, rng.uniform(-0.08, 0.08), -0.42, 0.3)
    legs = [part for side in (-1.0, 1.0) for part in _leg(rng, side, hip)]
    torso = rounded(
        [
            (-0.2, 0.0),
            (0.2, 0.0),
            (wide, 0.12),
            (wide * 0.8, 0.8),
            (hip, 1.6),
            (-hip, 1.6),
            (-wide * 0.8, 0.8),
            (-wide, 0.12),
        ]
    )
    neck = area(limb([(0.0, -0.2), (0.0, 0.12)], [0.14, 0.16], 1), "skin")
    arms = [part for side in (-1.0, 1.0) for part in _arm(rng, side, wide)]
    skirt = rounded(
        [(-hip, 1.3), (hip, 1.3), (rng.uniform(1.0, 2.0) * hip, 2.5), (-rng.uniform(1.0, 2.0) * hip, 2.5)], 2
    )
    dress = [area(skirt, "shirt")] * int(rng.random() < 0.3)
    parts = [*arms[:2], *behind, *legs, neck, area(torso, "shirt"), *dress, *before, *arms[2:]]
    return Figure(tuple(parts), coats(rng), (0.0, 0.3, 1.1))


def _leg(rng: np.random.Generator, side: float, hip: float) -> list[Part]:
    knee = (side * (hip * 0.6 + rng.uniform(0, 0.25)), 2.5)
    foot = (knee[0] + side * rng.uniform(-0.15, 0.3), 3.5 - rng.uniform(0, 0.2))
    toe = (foot[0] + side * 0.18, foot[1] + 0.08)
    return [
        area(limb([foot, toe], [0.13, 0.11], 1), "shoe"),
        area(limb([(side * hip * 0.5, 1.45), knee, foot], [0.3, 0.21, 0.14]), "trousers"),
    ]


def _arm(rng: np.random.Generator, side: float, wide: float) -> list[Part]:
    elbow = (side * (wide + rng.uniform(0.0, 0.4)), rng.uniform(0.5, 1.0))
    bend = rng.uniform(-1.2, 1.5)
    hand = (elbow[0] + side * 0.75 * np.cos(bend), elbow[1] + 0.75 * np.sin(bend))
    bare = "skin" if rng.random() < 0.4 else "shirt"
    return [
        area(ellipse(hand[0], hand[1], 0.13, 0.12), "skin"),
        area(limb([(side * wide * 0.82, 0.25), elbow, hand], [0.2, 0.15, 0.11]), bare),
    ]
