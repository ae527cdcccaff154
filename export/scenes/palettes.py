"""Colours, RGB in 0..1, as tensors: what fur, skin, cloth, wood, walls and leaves have."""

import torch
from torch import Tensor

from export.scenes.constants import constant
from export.scenes.dice import Dice

FURS = torch.tensor(
    [
        (0.78, 0.50, 0.27), (0.62, 0.42, 0.26), (0.35, 0.24, 0.17), (0.10, 0.09, 0.09), (0.90, 0.87, 0.82),
        (0.55, 0.53, 0.51), (0.85, 0.72, 0.52), (0.30, 0.29, 0.30), (0.72, 0.62, 0.52), (0.50, 0.32, 0.18),
        (0.66, 0.55, 0.42), (0.45, 0.38, 0.30), (0.17, 0.14, 0.13), (0.80, 0.78, 0.76),
    ]
)  # fmt: skip
SKINS = torch.tensor(
    [
        (0.93, 0.76, 0.66), (0.88, 0.67, 0.54), (0.80, 0.60, 0.47),
        (0.66, 0.46, 0.34), (0.50, 0.33, 0.24), (0.34, 0.22, 0.16),
    ]
)  # fmt: skip
HAIRS = torch.tensor(
    [
        (0.08, 0.07, 0.06), (0.20, 0.14, 0.10), (0.38, 0.26, 0.16), (0.62, 0.48, 0.28),
        (0.50, 0.26, 0.14), (0.60, 0.58, 0.56), (0.80, 0.70, 0.50),
    ]
)  # fmt: skip
IRISES = torch.tensor(
    [(0.65, 0.58, 0.18), (0.45, 0.58, 0.28), (0.38, 0.52, 0.64), (0.28, 0.16, 0.09), (0.70, 0.42, 0.14)]
)
WOODS = torch.tensor(
    [(0.45, 0.28, 0.16), (0.60, 0.42, 0.26), (0.74, 0.58, 0.40), (0.30, 0.18, 0.11), (0.52, 0.24, 0.12)]
)
WALLS = torch.tensor(
    [
        (0.88, 0.86, 0.82), (0.80, 0.76, 0.68), (0.70, 0.72, 0.74), (0.62, 0.66, 0.58), (0.78, 0.68, 0.60),
        (0.50, 0.54, 0.60), (0.35, 0.34, 0.36), (0.86, 0.80, 0.66),
    ]
)  # fmt: skip
LEAVES = torch.tensor(
    [
        (0.22, 0.36, 0.12),
        (0.34, 0.48, 0.18),
        (0.16, 0.28, 0.14),
        (0.48, 0.52, 0.24),
        (0.55, 0.48, 0.28),
        (0.30, 0.42, 0.30),
    ]
)


def near(dice: Dice, colour: Tensor, spread: float) -> Tensor:
    """Colours near those given (…, 3): mostly a change of light, a little of hue."""
    light = dice.normal(*colour.shape[:-1], 1, scale=spread)
    return (colour * (1 + light + dice.normal(*colour.shape, scale=spread * 0.3))).clamp(0.02, 0.97)


def chosen(dice: Dice, table: Tensor, *shape: int, spread: float = 0.12) -> Tensor:
    return near(dice, dice.pick(table, *shape), spread)


def vivid(dice: Dice, *shape: int) -> Tensor:
    """Any colour of a product or a garment: hue free, saturation often low, from black to white."""
    hue, saturation = dice.uniform(*shape, 1, high=6), dice.uniform(*shape, 1) ** 1.6
    hue = torch.where(dice.uniform(*shape, 1) < 0.5, 0.2 * hue, hue)  # half from red to yellow, as in most homes
    value = dice.uniform(*shape, 1, low=0.06, high=0.96)
    wheel = ((hue + constant((0.0, 4.0, 2.0), dice.device)) % 6 - 3).abs().sub(1).clamp(0, 1)
    return value * (1 - saturation + saturation * wheel)


def muted(dice: Dice, *shape: int) -> Tensor:
    """A colour of rooms and landscapes: low saturation."""
    colour = vivid(dice, *shape)
    return colour + (colour.mean(-1, keepdim=True) - colour) * dice.uniform(*shape, 1, low=0.4, high=1)


def choice(dice: Dice, chance: float, a: Tensor, b: Tensor) -> Tensor:
    """`a` with the given chance, else `b`, for each row of (B, …)."""
    keep = dice.flip(chance, len(a)).reshape(-1, *[1] * (a.ndim - 1))
    return keep * a + (1 - keep) * b
