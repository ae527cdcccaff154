"""People: whole figures and, mostly, what a portrait shows of them."""

import torch
from torch import Tensor

from export.scenes.constants import constant
from export.scenes.dice import Dice
from export.scenes.figure import Figure, Material, plain, table
from export.scenes.palettes import HAIRS, IRISES, SKINS, choice, chosen, near, vivid
from export.scenes.solids import Solids, ball, ellipsoid, joined, rotation, tube, vector

SKIN, SHIRT, TROUSERS, SHOE, HAIR, WHITE, IRIS, PUPIL, LIP, HAT, BROW, COLLAR = range(12)


def person(dice: Dice, batch: int) -> Figure:
    one = torch.ones(batch, device=dice.device)
    turn = rotation(dice.normal(batch, scale=0.5), dice.normal(batch, scale=0.08), dice.normal(batch, scale=0.06))
    head_size = dice.uniform(batch, low=0.125, high=0.17)
    neck = vector(0, -0.66, 0, one)
    gaze = rotation(dice.normal(batch, scale=0.35), dice.normal(batch, scale=0.15), dice.normal(batch, scale=0.12))
    body = _body(dice, one).moved(turn, torch.zeros_like(neck))
    place = neck - vector(0, 1.15 * head_size, -0.03, one)
    head = _head(dice, one).moved(gaze * head_size[:, None, None], place)
    focus = place + vector(0, 0.17, 0, one)
    return Figure(joined(body, head), _coats(dice, batch), focus, 0.42 * one, close=0.65, standing=True)


def _body(dice: Dice, one: Tensor) -> Solids:
    batch = len(one)
    broad, deep = dice.uniform(batch, low=0.2, high=0.3), dice.uniform(batch, low=0.1, high=0.15)
    pelvis, chest = vector(0, 0, 0, one), vector(0, -0.42, 0, one)
    flat = torch.stack([broad / deep * 0.72, one, one], 1)
    torso = tube((pelvis, 0.5 * (pelvis + chest), chest), (deep * 1.05, deep * 0.98, deep * 1.1), SHIRT, 8)
    torso = torso.moved(torch.diag_embed(flat), torch.zeros_like(pelvis))
    parts = [
        torso,
        tube(
            (vector(-broad * 0.85, -0.5, 0, one), vector(0, -0.56, 0, one), vector(broad * 0.85, -0.5, 0, one)),
            (deep * 0.62, deep * 0.8, deep * 0.62),
            SHIRT,
            7,
        ),
        tube((vector(0, -0.5, 0, one), vector(0, -0.74, 0, one)), (one * 0.075, one * 0.062), SKIN, 4),
        ellipsoid(vector(0, -0.615, 0.01, one), torch.stack([0.1 * one, 0.045 * one, 0.095 * one], 1), COLLAR),
    ]
    for side in (-1.0, 1.0):
        parts += _arm(dice, one, side, broad, deep) + _leg(dice, one, side, deep)
    return joined(*parts)


def _arm(dice: Dice, one: Tensor, side: float, broad: Tensor, deep: Tensor) -> list[Solids]:
    batch = len(one)
    raised = dice.uniform(batch, low=-0.3, high=1.3) * dice.flip(0.6, batch)
    bend = dice.normal(batch, scale=0.8).abs()
    shoulder = vector(side * broad * 0.95, -0.5, 0, one)
    forward = dice.uniform(batch, low=-0.1, high=0.5)
    elbow = shoulder + 0.28 * vector(side * (0.25 + raised).sin(), (0.25 + raised).cos(), forward, one)
    aim = 0.25 + raised - side * 0 - bend * dice.sign(batch)
    hand = elbow + 0.26 * vector(side * aim.sin(), aim.cos(), forward + 0.3, one)
    sleeve = dice.flip(0.6, batch)[:, None]
    middle = sleeve * hand + (1 - sleeve) * (0.4 * elbow + 0.6 * shoulder)
    bow = sleeve * elbow + (1 - sleeve) * 0.5 * (shoulder + middle)
    return [
        tube((shoulder, elbow, hand), (deep * 0.46, one * 0.046, one * 0.036), SKIN, 9),
        tube((shoulder, bow, middle), (deep * 0.58, one * 0.066, one * 0.055), SHIRT, 8),
        ellipsoid(hand + vector(0, 0.03, 0, one), torch.stack([0.04 * one, 0.06 * one, 0.03 * one], 1), SKIN),
    ]


def _leg(dice: Dice, one: Tensor, side: float, deep: Tensor) -> list[Solids]:
    batch = len(one)
    stride = dice.normal(batch, scale=0.12)
    hip = vector(side * 0.1, 0.02, 0, one)
    knee = hip + vector(side * 0.02 + stride, 0.42, 0.08, one)
    foot = knee + vector(stride * dice.sign(batch), 0.44, -0.05, one)
    return [
        tube((hip, knee, foot), (deep * 0.95, one * 0.075, one * 0.055), TROUSERS, 9),
        tube((foot, foot + vector(side * 0.04, 0.04, 0.12, one)), (one * 0.055, one * 0.045), SHOE, 3),
    ]


def _head(dice: Dice, one: Tensor) -> Solids:
    """A head of radius about 1 that looks at the viewer."""
    batch = len(one)
    wide = dice.uniform(batch, low=0.72, high=0.86)
    radii = torch.stack
    parts = [
        ellipsoid(vector(0, -0.15, -0.05, one), radii([wide, one * 0.95, one * 0.92], 1), SKIN),
        ellipsoid(vector(0, 0.42, 0.16, one), radii([wide * 0.74, one * 0.6, one * 0.66], 1), SKIN),
        tube((vector(0, -0.02, 0.88, one), vector(0, 0.26, 1.04, one)), (one * 0.1, one * 0.15), SKIN, 4),
        ellipsoid(
            vector(0, 0.56, 0.76, one), radii([dice.uniform(batch, low=0.2, high=0.34), one * 0.07, one * 0.1], 1), LIP
        ),
        ellipsoid(vector(wide * -1.0, 0.08, 0, one), radii([one * 0.1, one * 0.22, one * 0.16], 1), SKIN),
        ellipsoid(vector(wide * 1.0, 0.08, 0, one), radii([one * 0.1, one * 0.22, one * 0.16], 1), SKIN),
    ]
    for side in (-1.0, 1.0):
        eye = vector(side * 0.33, -0.02, 0.76, one)
        parts += [
            ellipsoid(eye, radii([one * 0.16, one * 0.085, one * 0.1], 1), WHITE),
            ellipsoid(eye + vector(0, 0, 0.06, one), radii([one * 0.08, one * 0.08, one * 0.05], 1), IRIS),
            ball(eye + vector(0, 0, 0.09, one), one * 0.042, PUPIL),
            ellipsoid(eye + vector(side * 0.02, -0.2, 0.06, one), radii([one * 0.2, one * 0.04, one * 0.08], 1), BROW),
        ]
    return joined(*parts, *_hair(dice, one, wide), _hat(dice, one))


def _hair(dice: Dice, one: Tensor, wide: Tensor) -> list[Solids]:
    batch = len(one)
    there = (dice.flip(0.9, batch) + 1e-4).clamp_max(1)
    thick, long = (
        dice.uniform(batch, low=0.04, high=0.3),
        dice.flip(0.45, batch) * dice.uniform(batch, low=0.4, high=2.2),
    )
    line = dice.uniform(batch, low=-0.42, high=-0.2)
    cap = torch.stack([wide + thick, 0.85 + thick, 0.9 + thick * 0.6], 1) * there[:, None]
    parts = [ellipsoid(vector(0, line, -0.2, one), cap, HAIR)]
    lock = (dice.uniform(batch, low=0.18, high=0.34) * there).clamp_min(1e-4)
    for side in (-1.0, 1.0):
        top = vector(side * 0.55, -0.6, 0.25, one)
        ear = vector(side * (wide + 0.5 * thick), 0, -0.05, one)
        end = vector(side * (wide + 0.6 * thick), long, 0.05, one)
        parts.append(tube((top, ear, end), (lock, lock, lock * 0.7), HAIR, 7))
    fringe = lock * dice.flip(0.5, batch) + 1e-4
    parts.append(
        tube(
            (vector(-0.55, -0.62, 0.5, one), vector(0, -0.78, 0.66, one), vector(0.5, -0.6, 0.5, one)),
            (fringe,) * 3,
            HAIR,
            6,
        )
    )
    back = vector(0, 0.1 + 0.5 * long, -0.5, one)
    parts.append(ellipsoid(back, torch.stack([wide + thick, 0.7 + 0.5 * long, 0.4 * one], 1) * there[:, None], HAIR))
    return parts


def _hat(dice: Dice, one: Tensor) -> Solids:
    """A cap, a brimmed hat or a helmet in a quarter of the figures."""
    batch = len(one)
    there = dice.flip(0.25, batch)[:, None] + 1e-4
    brim, helmet = dice.uniform(batch, low=0.9, high=1.7), dice.flip(0.3, batch)
    crown = torch.stack([0.95 + 0.25 * helmet, 0.7 + 0.6 * helmet, 1.0 + 0.1 * helmet], 1)
    return joined(
        ellipsoid(vector(0, -0.62 + 0.3 * helmet, -0.12, one), crown * there, HAT),
        ellipsoid(
            vector(0, -0.5, 0.25, one),
            torch.stack([brim, 0.07 * one, brim], 1) * there * (1 - helmet[:, None] + 1e-4),
            HAT,
            rotation(0 * one, dice.normal(batch, scale=0.15), 0 * one),
        ),
    )


def _coats(dice: Dice, batch: int) -> Tensor:
    skin, hair = chosen(dice, SKINS, batch, spread=0.06), chosen(dice, HAIRS, batch)
    shirt, trousers = vivid(dice, batch), vivid(dice, batch) * 0.7

    def cloth(colour: Tensor) -> Material:
        share = dice.flip(0.55, batch) * dice.uniform(batch, low=0.4, high=1)
        return Material(colour, vivid(dice, batch), dice.flip(0.25, batch), 0.003, 0.05, share, 0.1)

    pale = torch.full_like(skin, 0.85)
    return table(
        [
            Material(skin, skin * constant((1.0, 0.86, 0.82), skin.device), 0.5, 0, 0.12, 0, 0.05),
            cloth(shirt),
            cloth(trousers),
            plain(near(dice, choice(dice, 0.5, pale, torch.full_like(skin, 0.1)), 0.2), gloss=0.2),
            Material(
                hair,
                hair * 0.6,
                0.5,
                0.004 + 0.02 * dice.uniform(batch) ** 2,
                0.15,
                0,
                dice.uniform(batch, low=0.2, high=0.5),
            ),
            plain(pale, gloss=0.3),
            plain(chosen(dice, IRISES, batch), gloss=0.8),
            plain(torch.full_like(skin, 0.02), gloss=1.5),
            plain(skin * constant((0.9, 0.62, 0.6), skin.device), gloss=0.2),
            Material(
                vivid(dice, batch), vivid(dice, batch), 0.2, 0, dice.uniform(batch) ** 2, dice.flip(0.3, batch) * 0.7
            ),
            plain(hair * 0.8, fur=0.004, grain=0.4),
            cloth(choice(dice, 0.5, shirt, vivid(dice, batch))),
        ]
    )
