"""Things: crockery and bottles turned on a lathe, boxes, fruit, toys, furniture, vehicles."""

import math

import torch
from torch import Tensor

from export.scenes.constants import constant, on
from export.scenes.dice import Dice
from export.scenes.figure import Figure, Material, plain, table
from export.scenes.palettes import WOODS, choice, chosen, muted, near, vivid
from export.scenes.solids import TAU, Solids, ball, ellipsoid, joined, rotation, tube, vector

BODY, TRIM, INSIDE, FILLING, METAL, GLASS, DARK, PLATE = range(8)
PROFILES = torch.tensor(
    [  # radius from foot to rim
        [0.7, 0.85, 0.92, 0.97, 1.0, 1.0, 1.0],
        [0.45, 0.75, 0.9, 0.97, 1.0, 1.02, 1.05],
        [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9],
        [0.8, 0.85, 0.85, 0.8, 0.45, 0.3, 0.3],
        [0.7, 0.95, 1.0, 0.8, 0.5, 0.42, 0.6],
        [0.6, 0.25, 0.15, 0.5, 0.9, 1.0, 0.95],
        [0.55, 0.85, 1.0, 0.95, 0.8, 0.7, 0.75],
        [0.85, 0.85, 0.85, 0.85, 0.7, 0.32, 0.32],
    ]
)


def _one(dice: Dice, batch: int) -> Tensor:
    return torch.ones(batch, device=dice.device)


def _focus(one: Tensor) -> Tensor:
    return torch.zeros(len(one), 3, device=one.device)


def crockery(dice: Dice, batch: int) -> Figure:
    """A cup, mug, bowl, vase, glass or bottle seen from anywhere between the side and above; often on a saucer."""
    one = _one(dice, batch)
    index = dice.index(len(PROFILES), batch)
    profile = on(PROFILES, dice.device)[index] * dice.uniform(batch, 7, low=0.95, high=1.05)
    slim = ((index == 3) | (index == 7) | (index == 4)).float()
    width = dice.uniform(batch, low=0.5, high=0.85) * (1 - 0.45 * slim)
    height = dice.uniform(batch, low=0.55, high=1.1) * (1 + 0.8 * slim) * width / (1 - 0.45 * slim) * 1.4
    tilt = dice.uniform(batch, low=0.05, high=1.1) * (1 - 0.6 * slim)
    parts = _lathe(profile, width, height, 24)
    rim = profile[:, -1] * width
    top = -0.5 * height
    hollow = 1 - slim
    fill = dice.uniform(batch, low=0.0, high=0.5)
    parts += [
        _disc(one, top - 0.03, rim * 0.93, 0.012, INSIDE),
        ellipsoid(
            vector(0, top - 0.04, 0.1 * rim, one),
            torch.stack([rim * (0.9 - 0.25 * fill), 0.012 * one, rim * (0.86 - 0.4 * fill)], 1)
            * hollow[:, None].clamp_min(1e-3),
            FILLING,
        ),
        *_handle(dice, one, rim, height, hollow),
        *_saucer(dice, one, width, height),
    ]
    turn = rotation(dice.uniform(batch, high=TAU), tilt, dice.normal(batch, scale=0.06))
    return Figure(joined(*parts).moved(turn, _focus(one)), _wares(dice, batch), _focus(one), 0.75 * one, close=0.3)


def _lathe(profile: Tensor, width: Tensor, height: Tensor, count: int) -> list[Solids]:
    t = torch.linspace(0, 1, count, device=profile.device)
    place = t * (profile.shape[1] - 1)
    low = place.long().clamp_max(profile.shape[1] - 2)
    radius = (profile[:, low] * (1 - place + low) + profile[:, low + 1] * (place - low)) * width[:, None]
    zero = torch.zeros_like(radius)
    centre = torch.stack([zero, 0.92 * (0.5 - t)[None] * height[:, None], zero], -1)
    axes = torch.diag_embed(torch.stack([radius, (2.4 * height / count)[:, None].expand_as(radius), radius], -1))
    material = tuple(TRIM if count // 3 <= k < count // 3 + 3 else BODY for k in range(count))
    return [Solids(centre, axes, material, (False,) * count)]


def _disc(one: Tensor, y: Tensor, radius: Tensor, thick: float, material: int) -> Solids:
    """A flat round thing at height y; with a radius next to nothing it is not there."""
    high = thick * (radius / 0.1).clamp_max(1)
    return ellipsoid(vector(0, y, 0, one), torch.stack([radius, high, radius], 1).clamp_min(1e-4), material)


def _handle(dice: Dice, one: Tensor, rim: Tensor, height: Tensor, hollow: Tensor) -> list[Solids]:
    size = (0.05 * one + 0.03) * (dice.flip(0.6, len(one)) * hollow).clamp_min(1e-3)
    out = rim + 0.28 * height
    points = (
        vector(rim * 0.9, -0.32 * height, 0, one),
        vector(out, -0.3 * height, 0, one),
        vector(out * 0.98, 0.1 * height, 0, one),
        vector(rim * 0.8, 0.22 * height, 0, one),
    )
    return [tube(points, (size,) * 4, BODY, 9)]


def _saucer(dice: Dice, one: Tensor, width: Tensor, height: Tensor) -> list[Solids]:
    there = dice.flip(0.45, len(one)).clamp_min(1e-3)
    radius = width * dice.uniform(len(one), low=1.4, high=2.1)
    spoon = there * dice.flip(0.5, len(one)).clamp_min(1e-3)
    handle = (
        vector(radius * 0.65, 0.5 * height - 0.1, radius * 0.1, one),
        vector(radius * 0.55, 0.5 * height - 0.12, -radius * 0.75, one),
    )
    return [
        _disc(one, 0.5 * height, radius * there, 0.05, PLATE),
        _disc(one, 0.5 * height - 0.035, 0.62 * radius * there, 0.03, PLATE),
        tube(handle, (0.035 * spoon, 0.03 * spoon), METAL, 6),
        ellipsoid(handle[0], torch.stack([0.11 * one, 0.03 * one, 0.16 * one], 1) * spoon[:, None], METAL),
    ]


def box(dice: Dice, batch: int) -> Figure:
    """A parcel, book, appliance or cabinet: a box with a smaller one on its front and feet or knobs."""
    one = _one(dice, batch)
    half = dice.uniform(batch, 3, low=0.3, high=0.9)
    half[:, 2] *= dice.uniform(batch, low=0.15, high=1)
    face = half * torch.stack(
        [dice.uniform(batch, low=0.3, high=0.85), dice.uniform(batch, low=0.3, high=0.85), one * 0.1], 1
    )
    parts = [
        ellipsoid(_focus(one), half, BODY, box=True),
        ellipsoid(
            vector(0, half[:, 1] * dice.uniform(batch, low=-0.15, high=0.15), half[:, 2], one),
            face * dice.flip(0.7, batch)[:, None].clamp_min(1e-3),
            TRIM,
            box=True,
        ),
    ]
    knob = 0.06 * dice.flip(0.5, batch) + 1e-4
    for side in (-1.0, 1.0):
        parts.append(ball(vector(side * half[:, 0] * 0.6, half[:, 1] * 0.75, half[:, 2] + 0.04, one), knob, METAL))
        parts.append(ball(vector(side * half[:, 0] * 0.8, half[:, 1], half[:, 2] * 0.7, one), knob * 1.6, DARK))
    turn = rotation(
        dice.normal(batch, scale=0.6), dice.uniform(batch, low=0.0, high=0.9), dice.normal(batch, scale=0.15)
    )
    return Figure(joined(*parts).moved(turn, _focus(one)), _wares(dice, batch), _focus(one), 0.8 * one, close=0.2)


def heap(dice: Dice, batch: int) -> Figure:
    """Fruit, bread, toys or stones: a handful of rounded lumps that touch, perhaps on a plate."""
    one = _one(dice, batch)
    parts, materials = [], (BODY, TRIM, INSIDE, FILLING, BODY, BODY)
    for m in materials:
        at = dice.normal(batch, 3, scale=0.36) * constant((1.2, 0.6, 0.6), one.device)
        radii = dice.uniform(batch, 1, low=0.12, high=0.55) * dice.uniform(batch, 3, low=0.6, high=1.25)
        parts.append(ellipsoid(at, radii, m, _any_turn(dice, batch)))
    radius = dice.uniform(batch, low=0.9, high=1.3) * dice.flip(0.35, batch) + 1e-4
    parts.append(ellipsoid(vector(0, 0.4, 0, one), torch.stack([radius, 0.06 * one, radius], 1), PLATE))
    turn = rotation(dice.uniform(batch, high=TAU), dice.uniform(batch, low=0, high=1.1), 0.1 * one)
    return Figure(joined(*parts).moved(turn, _focus(one)), _wares(dice, batch), _focus(one), 0.8 * one, close=0.25)


def blob(dice: Dice, batch: int) -> Figure:
    """No thing in particular: a random walk of melting lumps and limbs, of which no two pictures have the same."""
    one = _one(dice, batch)
    hub = dice.normal(batch, 3, scale=0.15)
    parts = [ellipsoid(hub, dice.uniform(batch, 3, low=0.2, high=0.6), BODY, _any_turn(dice, batch))]
    for k in range(7):
        tip = hub + torch.nn.functional.normalize(dice.normal(batch, 3), dim=1) * dice.uniform(
            batch, 1, low=0.2, high=1.1
        )
        bow = 0.5 * (hub + tip) + dice.normal(batch, 3, scale=0.2)
        there = dice.flip(0.7, batch).clamp_min(1e-3)
        thick = (dice.uniform(batch, low=0.05, high=0.3) * there, dice.uniform(batch, low=0.05, high=0.25) * there)
        parts.append(
            tube((hub, bow, tip), (thick[0], thick[1], thick[1] * dice.uniform(batch, low=0.3, high=1.5)), k % 4, 8)
        )
    for m in (TRIM, FILLING, METAL):
        parts.append(ball(hub + dice.normal(batch, 3, scale=0.4), dice.uniform(batch, low=0.02, high=0.25), m))
    return Figure(joined(*parts), _wares(dice, batch, furry=0.4), hub, 0.7 * one, close=0.3)


def chair(dice: Dice, batch: int) -> Figure:
    """A chair, stool, table or lamp: thin legs under something flat."""
    one = _one(dice, batch)
    half, tall = dice.uniform(batch, low=0.35, high=0.6), dice.uniform(batch, low=0.4, high=0.75)
    thick = dice.uniform(batch, low=0.025, high=0.06)
    parts = [ellipsoid(vector(0, 0, 0, one), torch.stack([half, 0.06 * one, half * 0.9], 1), TRIM, box=True)]
    back = dice.flip(0.6, batch).clamp_min(1e-3)
    high = dice.uniform(batch, low=0.5, high=0.9)
    parts.append(
        ellipsoid(
            vector(0, -0.65 * high, -0.85 * half, one),
            torch.stack([half, high * 0.35, 0.05 * one], 1) * back[:, None],
            TRIM,
            box=True,
        )
    )
    for sx in (-1.0, 1.0):
        for sz in (-1.0, 1.0):
            foot = vector(sx * half, tall, sz * half * 0.9, one)
            parts.append(tube((vector(sx * half * 0.9, 0, sz * half * 0.8, one), foot), (thick, thick), BODY, 8))
        parts.append(
            tube(
                (vector(sx * half * 0.9, 0, -0.8 * half, one), vector(sx * half * 0.9, -high, -0.9 * half, one)),
                (thick * back,) * 2,
                BODY,
                8,
            )
        )
    turn = rotation(
        dice.normal(batch, scale=0.7), dice.uniform(batch, low=0.1, high=0.6), dice.normal(batch, scale=0.04)
    )
    return Figure(joined(*parts).moved(turn, _focus(one)), _wares(dice, batch), _focus(one), one, close=0.1)


def vehicle(dice: Dice, batch: int) -> Figure:
    """A car, van or locomotive: a hull, a cabin with windows, wheels."""
    one = _one(dice, batch)
    long, tall, wide = (dice.uniform(batch, low=a, high=b) for a, b in ((0.8, 1.05), (0.16, 0.3), (0.32, 0.42)))
    cab, roof = dice.uniform(batch, low=0.35, high=0.8), dice.uniform(batch, low=0.16, high=0.32)
    back = dice.uniform(batch, low=-0.3, high=0.15)
    hull, cabin = vector(0, 0, 0, one), vector(back, -tall - 0.6 * roof, 0, one)
    parts = [
        ellipsoid(hull, torch.stack([long * 0.9, tall * 0.8, wide], 1), BODY, box=True),
        ellipsoid(hull, torch.stack([long * 1.08, tall * 1.1, wide * 0.98], 1), BODY),
        ellipsoid(cabin, torch.stack([cab * long * 0.75, roof * 0.8, wide * 0.85], 1), BODY, box=True),
        ellipsoid(cabin + vector(0, 0.05, 0, one), torch.stack([cab * long * 1.1, roof * 1.15, wide * 0.9], 1), BODY),
        ellipsoid(cabin, torch.stack([cab * long * 0.6, roof * 0.6, wide * 0.95], 1), GLASS, box=True),
        ellipsoid(cabin, torch.stack([cab * long * 1.04, roof * 0.6, wide * 0.7], 1), GLASS),
    ]
    wheel = tall * dice.uniform(batch, low=0.7, high=1.0)
    for end in (-1.0, 1.0):
        for side in (-1.0, 1.0):
            at = vector(end * long * 0.6, tall * 0.95, side * wide, one)
            parts.append(ellipsoid(at, torch.stack([wheel, wheel, 0.08 * one], 1), DARK))
            parts.append(
                ellipsoid(
                    at + vector(0, 0, side * 0.04, one), torch.stack([wheel * 0.55, wheel * 0.55, 0.06 * one], 1), METAL
                )
            )
        parts.append(ball(vector(end * long * 0.97, -0.1 * tall, wide * 0.6, one), 0.06 * one, INSIDE))
        parts.append(
            ellipsoid(
                vector(end * long, 0.5 * tall, 0, one), torch.stack([0.06 * one, 0.06 * one, wide], 1), TRIM, box=True
            )
        )
    turn = rotation(
        dice.normal(batch, scale=0.6) + math.pi * dice.flip(0.5, batch),
        dice.uniform(batch, low=0, high=0.35),
        dice.normal(batch, scale=0.03),
    )
    return Figure(joined(*parts).moved(turn, _focus(one)), _wares(dice, batch, shiny=0.7), _focus(one), one, close=0.15)


def cycle(dice: Dice, batch: int) -> Figure:
    """A bicycle or motorcycle: two wheels, a frame, a tank or none, saddle and bar."""
    one = _one(dice, batch)
    motor = dice.flip(0.6, batch)
    radius, thick = dice.uniform(batch, low=0.3, high=0.42), 0.016 + 0.045 * motor
    parts = []
    hubs = [vector(side * 0.62, 0.3, 0, one) for side in (-1.0, 1.0)]
    for hub in hubs:
        ring = [
            hub + radius[:, None] * vector(math.cos(a), math.sin(a), 0, one)
            for a in torch.linspace(0, TAU, 11).tolist()
        ]
        parts += [tube(ring, (thick,) * 11, DARK, 30), ball(hub, 0.06 + 0.06 * motor, METAL)]
        parts.append(
            ellipsoid(
                hub,
                torch.stack([radius, radius, 0.01 * one], 1)
                * (0.8 * motor * dice.flip(0.5, batch))[:, None].clamp_min(1e-3),
                METAL,
            )
        )
    crank, saddle, bar = vector(0, 0.28, 0, one), vector(-0.22, -0.28, 0, one), vector(0.42, -0.36, 0, one)
    frame = 0.02 + 0.02 * motor
    for a, b in ((hubs[0], crank), (crank, saddle), (hubs[0], saddle), (saddle, bar), (crank, bar), (bar, hubs[1])):
        parts.append(tube((a, b), (frame, frame), BODY, 7))
    parts += [
        ellipsoid(
            saddle - vector(0.06 * motor, 0.05, 0, one),
            torch.stack([0.14 + 0.2 * motor, 0.05 + 0.03 * motor, 0.1 * one], 1),
            DARK,
        ),
        ellipsoid(
            vector(0.15, -0.22, 0, one),
            torch.stack([0.28 * one, 0.15 * one, 0.15 * one], 1) * motor[:, None].clamp_min(1e-3),
            BODY,
        ),
        ellipsoid(
            vector(0.02, 0.14, 0, one),
            torch.stack([0.26 * one, 0.22 * one, 0.15 * one], 1) * motor[:, None].clamp_min(1e-3),
            METAL,
        ),
        tube(
            (bar + vector(-0.08, -0.06, -0.25, one), bar, bar + vector(-0.08, -0.06, 0.25, one)),
            (frame * 0.8,) * 3,
            METAL,
            9,
        ),
        ball(bar + vector(0.08, 0.06, 0, one), 0.1 * motor + 1e-4, METAL),
    ]
    turn = rotation(
        dice.normal(batch, scale=0.45) + math.pi * dice.flip(0.5, batch),
        dice.uniform(batch, low=0, high=0.25),
        dice.normal(batch, scale=0.04),
    )
    return Figure(joined(*parts).moved(turn, _focus(one)), _wares(dice, batch, shiny=0.6), _focus(one), one, close=0.1)


def tower(dice: Dice, batch: int) -> Figure:
    """A rocket, lighthouse, statue on a plinth, monument: upright, slim, with fins and side pieces."""
    one = _one(dice, batch)
    profile = dice.uniform(batch, 7, low=0.5, high=1.0) * constant((1.1, 1.0, 1.0, 1.0, 0.9, 0.7, 0.15), one.device)
    width = dice.uniform(batch, low=0.14, high=0.32)
    parts = _lathe(profile, width, 1.9 * one, 22)
    for side in (-1.0, 1.0):
        there = dice.flip(0.5, batch).clamp_min(1e-3)
        at = vector(side * width * 1.4, 0.3, 0.05, one)
        parts.append(
            tube((at + vector(0, 0.62, 0, one), at - vector(0, 0.5, 0, one)), (width * 0.45 * there,) * 2, TRIM, 9)
        )
        parts.append(
            ellipsoid(
                vector(side * width * 1.1, 0.75, 0, one),
                torch.stack([width * 0.8, 0.18 * one, 0.03 * one], 1) * there[:, None],
                METAL,
            )
        )
    plinth = dice.flip(0.4, batch)[:, None].clamp_min(1e-3)
    parts.append(
        ellipsoid(
            vector(0, 1.0, 0, one), torch.stack([width * 1.8, 0.12 * one, width * 1.8], 1) * plinth, PLATE, box=True
        )
    )
    turn = rotation(dice.uniform(batch, high=TAU), dice.normal(batch, scale=0.15), dice.normal(batch, scale=0.12))
    return Figure(joined(*parts).moved(turn, _focus(one)), _wares(dice, batch), _focus(one), 0.8 * one, close=0.1)


def _any_turn(dice: Dice, batch: int) -> Tensor:
    return rotation(*(dice.uniform(batch, high=TAU) for _ in range(3)))


def _wares(dice: Dice, batch: int, furry: float = 0.03, shiny: float = 0.4) -> Tensor:
    grey = dice.uniform(batch, 1, low=0.4, high=0.85).expand(batch, 3)
    white = near(dice, torch.full_like(grey, 0.88), 0.05)
    body = choice(dice, 0.3, white, choice(dice, 0.25, chosen(dice, WOODS, batch), vivid(dice, batch)))
    gloss = dice.flip(shiny, batch) * dice.uniform(batch, low=0.2, high=1.2)
    fur = dice.flip(furry, batch) * dice.uniform(batch, low=0.01, high=0.06)

    def ware(colour: Tensor, second: Tensor) -> Material:
        printed = dice.flip(0.3, batch) * dice.uniform(batch, low=0.4, high=1)
        return Material(colour, second, dice.flip(0.35, batch) * dice.uniform(batch), fur, gloss, printed, 0.08)

    return table(
        [
            ware(body, vivid(dice, batch)),
            ware(choice(dice, 0.5, body, vivid(dice, batch)), vivid(dice, batch)),
            plain(choice(dice, 0.5, white, body * 0.7), gloss=gloss, fur=fur),
            Material(muted(dice, batch) * 0.7, vivid(dice, batch), 0.6, fur, 0.3, 0, 0.2),
            plain(grey, gloss=1.2, grain=0.15),
            plain(muted(dice, batch) * 0.35, gloss=1.0),
            plain(near(dice, torch.full_like(grey, 0.06), 0.3), gloss=0.2),
            ware(choice(dice, 0.4, body, choice(dice, 0.5, white, vivid(dice, batch))), body),
        ]
    )
