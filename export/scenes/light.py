"""Light on a surface: a key light, the sky or the room around, a rim, a highlight, and what corners keep away."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from export.scenes.constants import constant
from export.scenes.dice import Dice


@dataclass(frozen=True)
class Light:
    """The lights of B scenes.

    Attributes:
        key: direction to the key light (B, 3).
        key_colour, sky, floor, rim: colours (B, 3).
        hard: (B,), at 0 the key light wraps round, at 1 it ends sharply.
    """

    key: Tensor
    key_colour: Tensor
    sky: Tensor
    floor: Tensor
    rim: Tensor
    hard: Tensor


def drawn(dice: Dice, batch: int) -> Light:
    direction = dice.normal(batch, 3) * constant((1.0, 0.6, 0.5), dice.device)
    direction = direction + constant((0.0, -0.7, 0.7), dice.device)
    warm = dice.normal(batch, 1, scale=0.08) * constant((1.0, 0.1, -1.0), dice.device)
    strength, ambient = dice.uniform(batch, 1, low=0.35, high=1.0), dice.uniform(batch, 1, low=0.4, high=0.85)
    return Light(
        F.normalize(direction, dim=1),
        strength * (1 + warm),
        ambient * (1 - 0.6 * warm),
        ambient * dice.uniform(batch, 1, low=0.35, high=0.9) * (1 + dice.normal(batch, 3, scale=0.06)),
        dice.uniform(batch, 1) ** 3 * 0.5 * (1 + warm),
        dice.uniform(batch),
    )


def lit(light: Light, albedo: Tensor, normal: Tensor, gloss: Tensor, open_: Tensor) -> Tensor:
    """Colours (B, 3, S, S). albedo (B, 3, S, S), normal (B, 3, S, S), gloss and openness to the sky (B, 1, S, S)."""
    facing = (normal * light.key[:, :, None, None]).sum(1, keepdim=True)
    wrap = 0.6 * (1 - light.hard)[:, None, None, None]
    key = ((facing + wrap) / (1 + wrap)).clamp_min(0)
    up = 0.5 - 0.5 * normal[:, 1:2]
    around = up * light.sky[:, :, None, None] + (1 - up) * light.floor[:, :, None, None]
    half = F.normalize(light.key + constant((0.0, 0.0, 1.0), albedo.device), dim=1)[:, :, None, None]
    shine = (normal * half).sum(1, keepdim=True).clamp_min(0)
    highlight = gloss * (shine**60 + 0.15 * shine**12)
    edge = (1 - normal[:, 2:]).clamp(0, 1) ** 3 * light.rim[:, :, None, None]
    received = key * light.key_colour[:, :, None, None] * (0.35 + 0.65 * open_) + around * open_ + edge
    return albedo * received + highlight * light.key_colour[:, :, None, None]
