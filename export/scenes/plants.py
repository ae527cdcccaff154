"""Flowers seen from near, pot plants, birds and what else has petals, leaves and wings."""

import torch
from torch import Tensor

from export.scenes.constants import constant
from export.scenes.dice import Dice
from export.scenes.figure import Figure, Material, plain, table
from export.scenes.palettes import FURS, LEAVES, choice, chosen, near, vivid
from export.scenes.solids import TAU, ball, ellipsoid, joined, rotation, tube, vector

PETAL, HEART, LEAF, STEM, POT, EYE, BEAK = range(7)


def flower(dice: Dice, batch: int) -> Figure:
    """Rings of petals round a heart, tilted towards the viewer, on a stem."""
    one = torch.ones(batch, device=dice.device)
    length, broad = dice.uniform(batch, low=0.5, high=0.85), dice.uniform(batch, low=0.1, high=0.28)
    lift, ring_count = dice.uniform(batch, low=-0.1, high=0.8), dice.flip(0.7, batch)
    parts = []
    for ring, (count, share) in enumerate(((9, 1.0), (8, 0.78), (7, 0.55), (6, 0.36))):
        there = (torch.ones_like(one) if ring == 0 else ring_count).clamp_min(1e-3)
        for k in range(count):
            angle = k / count * TAU + 0.35 * ring + dice.normal(batch, scale=0.06)
            out = length * share * dice.uniform(batch, low=0.85, high=1.1)
            steep = (lift + 0.3 * ring).clamp_max(1.3) + dice.normal(batch, scale=0.08)
            turn = rotation(0 * one, 0 * one, angle) @ rotation(-steep, 0 * one, 0 * one)
            centre = (turn @ vector(0.55 * out, 0, 0.02, one)[..., None])[..., 0]
            radii = torch.stack([0.55 * out, broad * share**0.5, 0.03 + 0.2 * broad], 1) * there[:, None]
            parts.append(ellipsoid(centre + vector(0, 0, 0.04 * ring, one), radii, PETAL, turn))
    parts.append(
        ellipsoid(
            vector(0, 0, 0.1, one),
            torch.stack([0.24 * one, 0.24 * one, 0.14 * one], 1) * dice.uniform(batch, 1, low=0.3, high=1.2),
            HEART,
        )
    )
    face = rotation(dice.normal(batch, scale=0.45), dice.normal(batch, scale=0.5), dice.uniform(batch, high=TAU))
    bloom = joined(*parts).moved(face, torch.zeros(batch, 3, device=one.device))
    foot = vector(dice.normal(batch, scale=0.3), 1.5, -0.3, one)
    green = (tube((vector(0, 0, -0.15, one), 0.5 * foot - vector(0, 0, 0.2, one), foot), (0.04 * one,) * 3, STEM, 10),)
    return Figure(joined(bloom, *green), _coats(dice, batch), 0 * foot, 0.8 * one, close=0.6)


def pot_plant(dice: Dice, batch: int) -> Figure:
    one = torch.ones(batch, device=dice.device)
    width, tall = dice.uniform(batch, low=0.22, high=0.4), dice.uniform(batch, low=0.3, high=0.5)
    parts = [tube((vector(0, 0.55, 0, one), vector(0, 0.55 + tall, 0, one)), (width, width * 0.8), POT, 7)]
    for _ in range(14):
        angle, rise = dice.uniform(batch, high=TAU), dice.uniform(batch, low=-0.25, high=1.2)
        reach = dice.uniform(batch, low=0.35, high=1.0)
        tip = vector(reach * angle.cos() * 0.75, 0.5 - reach * rise, reach * angle.sin() * 0.6, one)
        root = vector(0.1 * angle.cos(), 0.5, 0.1 * angle.sin(), one)
        parts.append(tube((root, 0.5 * (root + tip) - vector(0, 0.12, 0, one), tip), (0.02 * one,) * 3, STEM, 6))
        leaf = torch.stack(
            [dice.uniform(batch, low=0.14, high=0.36), dice.uniform(batch, low=0.05, high=0.2), 0.02 * one], 1
        )
        turn = rotation(
            dice.normal(batch, scale=0.5), dice.normal(batch, scale=0.5), angle + dice.normal(batch, scale=0.5)
        )
        parts.append(ellipsoid(tip, leaf, LEAF, turn))
    zero = torch.zeros(batch, 3, device=one.device)
    return Figure(
        joined(*parts).moved(rotation(0 * one, dice.uniform(batch, high=0.5), 0 * one), zero),
        _coats(dice, batch),
        zero,
        one,
        close=0.15,
    )


def bird(dice: Dice, batch: int) -> Figure:
    """A bird on its legs or a fish: a spindle with a head, tail and wings."""
    one = torch.ones(batch, device=dice.device)
    plump = dice.uniform(batch, low=0.22, high=0.42)
    head = vector(0.55, -0.42, 0, one) + dice.normal(batch, 3, scale=0.06)
    tail = vector(-0.85, 0.1, 0, one) + dice.normal(batch, 3, scale=0.12)
    size = plump * dice.uniform(batch, low=0.5, high=0.75)
    parts = [
        tube(
            (vector(-0.35, 0.05, 0, one), vector(0, 0, 0, one), vector(0.25, -0.1, 0, one)),
            (plump * 0.7, plump, plump * 0.85),
            PETAL,
            7,
        ),
        tube((vector(0.2, -0.1, 0, one), head), (plump * 0.7, size), PETAL, 6),
        ball(head, size, PETAL),
        ellipsoid(vector(0.1, 0.12, 0, one), torch.stack([plump * 1.1, plump * 0.9, plump * 0.92], 1), HEART),
        tube((vector(-0.3, 0.02, 0, one), tail), (plump * 0.5, plump * 0.28), LEAF, 7),
        tube(
            (head + vector(size * 0.6, 0.02, 0, one), head + vector(size * 1.9, 0.08, 0, one)),
            (size * 0.32, size * 0.06),
            BEAK,
            5,
        ),
    ]
    legs = dice.flip(0.75, batch).clamp_min(1e-3)
    for side in (-1.0, 1.0):
        wing = torch.stack([0.48 * one, plump * 0.62, 0.06 * one], 1)
        lean = rotation(0.1 * side * one, 0 * one, dice.normal(batch, scale=0.15) + 0.1)
        parts.append(ellipsoid(vector(-0.15, -0.02, side * plump * 0.9, one), wing, LEAF, lean))
        parts.append(ball(head + vector(size * 0.45, -0.12 * size, side * size * 0.78, one), size * 0.2, EYE))
        parts.append(
            tube(
                (vector(0, 0.2, side * 0.1, one), vector(0.05, 0.7, side * 0.12, one)),
                (0.03 * legs, 0.02 * legs),
                BEAK,
                6,
            )
        )
    turn = rotation(
        dice.normal(batch, scale=0.7) + 3.14 * dice.flip(0.5, batch),
        dice.normal(batch, scale=0.2),
        dice.normal(batch, scale=0.2),
    )
    feather = torch.cat([_coats(dice, batch)[:, :1] * 0 + _plumage(dice, batch), _coats(dice, batch)[:, 3:]], 1)
    zero = torch.zeros(batch, 3, device=one.device)
    return Figure(joined(*parts).moved(turn, zero), feather, zero, 0.8 * one, close=0.2)


def _plumage(dice: Dice, batch: int) -> Tensor:
    back, belly = (
        choice(dice, 0.6, chosen(dice, FURS, batch), vivid(dice, batch)),
        near(dice, chosen(dice, FURS, batch), 0.3),
    )
    fur = dice.uniform(batch, low=0.003, high=0.015)
    traits = {"fur": fur, "grain": dice.uniform(batch, low=0.1, high=0.35)}
    return table(
        [
            Material(back, belly, dice.uniform(batch), **traits),
            Material(belly, back, dice.uniform(batch, high=0.6), **traits),
            Material(back * 0.7, belly, 0.6, **traits),
        ]
    )


def _coats(dice: Dice, batch: int) -> Tensor:
    petal, leaf = vivid(dice, batch), chosen(dice, LEAVES, batch)
    warm = constant((0.8, 0.6, 0.15), dice.device).expand(batch, 3)
    return table(
        [
            Material(petal, near(dice, petal * 0.75, 0.3), dice.uniform(batch), 0, 0.1, 0, 0.12),
            Material(near(dice, warm, 0.3), petal * 0.5, 0.5, dice.flip(0.4, batch) * 0.02, 0, 0, 0.4),
            Material(leaf, leaf * 0.6, 0.6, 0, 0.25, 0, 0.12),
            plain(leaf * 0.8, grain=0.15),
            Material(
                vivid(dice, batch),
                vivid(dice, batch),
                dice.flip(0.3, batch),
                0,
                dice.uniform(batch),
                dice.flip(0.3, batch) * 0.8,
            ),
            plain(torch.full_like(leaf, 0.03), gloss=1.5),
            plain(near(dice, warm * constant((0.8, 0.7, 0.8), dice.device), 0.3), gloss=0.2),
        ]
    )
