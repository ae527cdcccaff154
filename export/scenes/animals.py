"""Four-legged animals: cats, dogs, and what lies between and beyond them."""

import math

import torch
from torch import Tensor

from export.scenes.constants import constant
from export.scenes.dice import Dice
from export.scenes.figure import Figure, Material, plain, table
from export.scenes.palettes import FURS, IRISES, choice, chosen, near
from export.scenes.solids import Solids, ball, ellipsoid, joined, rotation, tube, vector

COAT, LIGHT, DARK, IRIS, PUPIL, NOSE, INNER_EAR, MASK = range(8)
HIP, CHEST, HEAD, ELBOW, PAW, KNEE, FOOT, TAIL, TIP = range(9)
POSES = torch.tensor(
    [  # x forward, y down, z to the side; elbow to foot are of the one side and mirrored for the other
        [
            (-0.5, 0, 0),
            (0.42, 0, 0),
            (0.8, -0.4, 0),
            (0.38, 0.38, 0.17),
            (0.42, 0.8, 0.16),
            (-0.42, 0.38, 0.18),
            (-0.5, 0.8, 0.17),
            (-0.8, -0.05, 0),
            (-1.05, -0.4, 0.1),
        ],
        [
            (-0.25, 0.5, 0),
            (0.15, -0.1, 0),
            (0.32, -0.58, 0),
            (0.28, 0.32, 0.16),
            (0.36, 0.8, 0.12),
            (0.05, 0.42, 0.34),
            (0.2, 0.76, 0.3),
            (-0.55, 0.75, 0.2),
            (-0.35, 0.78, 0.6),
        ],
        [
            (-0.5, 0.48, 0),
            (0.35, 0.4, 0),
            (0.68, 0.02, 0),
            (0.5, 0.66, 0.24),
            (0.95, 0.74, 0.16),
            (-0.3, 0.55, 0.36),
            (-0.15, 0.74, 0.38),
            (-0.9, 0.66, 0.2),
            (-1.0, 0.7, 0.6),
        ],
        [
            (-0.4, 0.5, 0),
            (0.25, 0.46, 0),
            (0.5, 0.2, 0),
            (0.35, 0.68, 0.2),
            (0.5, 0.74, 0.12),
            (-0.2, 0.6, 0.34),
            (0.0, 0.74, 0.34),
            (-0.5, 0.72, 0.4),
            (0.0, 0.76, 0.5),
        ],
    ]
)
"""Standing, sitting, lying, curled up."""


def animal(dice: Dice, batch: int) -> Figure:
    joints = _joints(dice, batch)
    lean = dice.uniform(batch, low=0.85, high=1.2)
    aside = dice.normal(batch, scale=0.9)  # from facing the viewer
    turn = rotation(math.pi / 2 + aside, dice.uniform(batch, low=-0.15, high=0.55), dice.normal(batch, scale=0.12))
    body = _body(dice, joints, lean).moved(turn, torch.zeros(batch, 3, device=dice.device))
    place = (turn @ joints[:, HEAD, :, None])[..., 0]
    size = dice.uniform(batch, low=0.24, high=0.4)
    gaze = rotation(
        (0.4 * aside + dice.normal(batch, scale=0.4)).clamp(-1.3, 1.3),
        dice.normal(batch, scale=0.22) + 0.1,
        dice.normal(batch, scale=0.2),
    )
    head = _head(dice, batch).moved(gaze * size[:, None, None], place + vector(0, 0, 0.1, place))
    return Figure(joined(body, head), _coats(dice, batch), place, size * 1.25, close=0.5)


def _joints(dice: Dice, batch: int) -> Tensor:
    return dice.pick(POSES, batch) + dice.normal(batch, len(POSES[0]), 3, scale=0.05)


def _body(dice: Dice, joints: Tensor, lean: Tensor) -> Solids:
    hip, chest, head = joints[:, HIP], joints[:, CHEST], joints[:, HEAD]
    girth = dice.uniform(len(joints), low=0.22, high=0.36)
    leg = dice.uniform(len(joints), low=0.07, high=0.12)
    middle = 0.5 * (hip + chest) + vector(0, -0.04, 0, girth)
    parts = [
        tube((hip, middle, chest), (girth * 0.95, girth * lean, girth), COAT, 9),
        tube(
            (middle + vector(0, 0.06, 0, girth), chest + vector(0.08, 0.07, 0, girth)),
            (girth * 0.9, girth * 0.9),
            LIGHT,
            4,
        ),
        tube((chest, 0.5 * (chest + head), head), (girth * 0.8, girth * 0.65, girth * 0.6), COAT, 5),
        tube((hip, joints[:, TAIL], joints[:, TIP]), (leg * 0.9, leg * 0.75, leg * 0.5), COAT, 11),
    ]
    for side in (-1.0, 1.0):
        mirror = vector(1, 1, side, girth)
        sway = dice.normal(2, len(joints), 3, scale=0.05)
        for top, upper, bend, end, thick in (
            (chest, 0.85, joints[:, ELBOW], joints[:, PAW], 1.0),
            (hip, 1.25, joints[:, KNEE], joints[:, FOOT], 1.0),
        ):
            bend, end = bend * mirror + 0.6 * sway[0], end * mirror + sway[1] * vector(1, 0, 1, girth)
            start = top + (bend - top) * 0.25
            parts.append(tube((start, bend, end), (girth * 0.55 * upper, leg * 1.15, leg * thick), COAT, 8))
            parts.append(ball(end + vector(0.05, -0.01, 0, girth), leg * 1.15, LIGHT))
    return joined(*parts)


def _head(dice: Dice, batch: int) -> Solids:
    """A head of radius about 1 that looks at the viewer."""
    one = torch.ones(batch, device=dice.device)
    snout = dice.uniform(batch, low=0.15, high=1.0) ** 1.5  # cats short, dogs long
    wide = dice.uniform(batch, low=0.75, high=1.05)
    parts = [
        ellipsoid(vector(0, -0.1, 0, one), torch.stack([wide, one * 0.88, one * 0.85], 1), COAT),
        ellipsoid(vector(-0.42, 0.3, 0.2, one), torch.stack([wide * 0.55, one * 0.5, one * 0.6], 1), COAT),
        ellipsoid(vector(0.42, 0.3, 0.2, one), torch.stack([wide * 0.55, one * 0.5, one * 0.6], 1), COAT),
        tube(
            (vector(0, 0.05, 0.5, one), vector(0, 0.3 * one, 0.75 + 0.6 * snout, one)),
            (0.42 * one, 0.26 + 0.08 * wide),
            COAT,
            4,
        ),
        ellipsoid(vector(-0.16, 0.42, 0.72 + 0.62 * snout, one), 0.26 * torch.ones(batch, 3, device=one.device), LIGHT),
        ellipsoid(vector(0.16, 0.42, 0.72 + 0.62 * snout, one), 0.26 * torch.ones(batch, 3, device=one.device), LIGHT),
        ellipsoid(vector(0, 0.62, 0.5 + 0.5 * snout, one), torch.stack([0.3 * one, 0.2 * one, 0.3 * one], 1), LIGHT),
        ellipsoid(
            vector(0, 0.26, 0.92 + 0.72 * snout, one),
            torch.stack([0.11 + 0.1 * snout, 0.08 + 0.06 * snout, 0.1 * one], 1),
            NOSE,
        ),
        ellipsoid(
            vector(0, 0.56, 0.86 + 0.66 * snout, one), torch.stack([0.13 * one, 0.025 * one, 0.06 * one], 1), DARK
        ),
    ]
    return joined(*parts, *_eyes(dice, one, snout), *_ears(dice, one))


def _eyes(dice: Dice, one: Tensor, snout: Tensor) -> list[Solids]:
    apart, size = (
        dice.uniform(len(one), low=0.34, high=0.46),
        dice.uniform(len(one), low=0.12, high=0.22) - 0.04 * snout,
    )
    slit, look = dice.uniform(len(one), low=0.3, high=0.85), dice.normal(2, len(one), scale=0.02)
    open_ = dice.uniform(len(one), low=0.35, high=1) ** 0.5
    parts = []
    for side in (-1.0, 1.0):
        at = vector(side * apart, -0.12, 0.66, one)
        parts += [
            ellipsoid(at - vector(0, 0, 0.01, one), torch.stack([size * 1.25, size * 1.2 * open_, size], 1), DARK),
            ellipsoid(at + vector(0, 0, 0.06, one), torch.stack([size, size * open_, size], 1), IRIS),
            ellipsoid(
                at + vector(look[0], look[1], 0.06 + size * 0.72, one),
                torch.stack([size * 0.62 * slit, size * 0.62 * open_, size * 0.4], 1),
                PUPIL,
            ),
        ]
    return parts


def _ears(dice: Dice, one: Tensor) -> list[Solids]:
    """Pointed ears stand, the others hang."""
    pointed = dice.flip(0.6, len(one))
    tall, broad = dice.uniform(len(one), low=0.7, high=1.15), dice.uniform(len(one), low=0.3, high=0.45)
    parts = []
    for side in (-1.0, 1.0):
        root = vector(side * 0.55, -0.62, 0, one)
        up = vector(side * (0.62 + 0.1 * tall), -0.75 - 0.7 * tall, -0.05, one)
        down = vector(side * 1.0, -0.1 + 0.75 * tall, 0.15, one)
        tip = pointed[:, None] * up + (1 - pointed[:, None]) * down
        bow = vector(side * 0.85, -0.6, 0.05, one)
        middle = pointed[:, None] * (0.5 * (root + tip)) + (1 - pointed[:, None]) * bow
        narrow = broad * (0.12 + 0.6 * (1 - pointed))
        parts.append(tube((root, middle, tip), (broad, broad * 0.75, narrow), COAT, 8))
        inner = pointed * broad
        shift = vector(side * -0.02, 0.06, 0.3, one)
        parts.append(
            tube(
                (root + shift, middle + shift, tip + shift * 0.4),
                (inner * 0.6, inner * 0.5, inner * 0.05),
                INNER_EAR,
                6,
            )
        )
    return parts


def _coats(dice: Dice, batch: int) -> Tensor:
    base = chosen(dice, FURS, batch)
    second = choice(dice, 0.5, chosen(dice, FURS, batch), base * dice.uniform(batch, 1, low=0.3, high=0.7))
    fur = 0.004 + 0.035 * dice.uniform(batch) ** 2.5
    light = choice(dice, 0.5, base, near(dice, torch.full_like(base, 0.85), 0.1))
    nose = choice(
        dice,
        0.6,
        torch.full_like(base, 0.06),
        near(dice, constant((0.72, 0.42, 0.38), base.device).expand(batch, 3), 0.1),
    )
    grain = dice.uniform(batch, low=0.08, high=0.4)
    mix = dice.uniform(batch, low=0, high=1)
    return table(
        [
            Material(base, second, mix, fur, 0.05, 0, grain),
            Material(light, second, mix * 0.3, fur, 0.05, 0, grain),
            plain(torch.full_like(base, 0.05)),
            plain(chosen(dice, IRISES, batch), gloss=1.0, grain=0.2),
            plain(torch.full_like(base, 0.015), gloss=2.0, grain=0),
            plain(nose, gloss=0.6, grain=0.2),
            plain(near(dice, constant((0.78, 0.55, 0.50), base.device).expand(batch, 3), 0.12), fur=fur * 0.4),
            Material(second, base, mix, fur, 0.05, 0, grain),
        ]
    )
