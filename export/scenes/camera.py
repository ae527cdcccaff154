"""What a camera does to the finished scene: exposure, white balance, curve, vignette, sharpening, noise, JPEG."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes.constants import constant, on
from export.scenes.dice import Dice
from export.scenes.noise import blurred

LUMINANCE = torch.tensor(
    [
        [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)  # fmt: skip
"""The quantisation table of Annex K of ITU-T T.81, for quality 50."""
TO_YCC = torch.tensor([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
FROM_YCC = torch.linalg.inv(TO_YCC)


def taken(dice: Dice, image: Tensor) -> Tensor:
    """Photographs the scene (B, 3, S, S), about 0..1; S a multiple of 16. The result is in 0..1."""
    batch, size = len(image), image.shape[-1]
    image = _exposed(dice, image) * _vignette(dice, batch, size)
    image = _graded(dice, image)
    image = _focused(dice, image)
    image = image + _grain(dice, batch, size)
    image = image.clamp(0, 1)
    return torch.where(
        dice.flip(0.5, batch, 1, 1, 1) > 0, compressed(image, dice.uniform(batch, low=30, high=95)), image
    )


def _exposed(dice: Dice, image: Tensor) -> Tensor:
    """Automatic exposure aims at middle grey, and misses a little; white balance misses, too."""
    mean = image.mean((1, 2, 3), keepdim=True).clamp_min(0.02)
    aim = dice.uniform(len(image), 1, 1, 1, low=0.25, high=0.6)
    gain = (aim / mean).clamp(0.4, 4) ** dice.uniform(len(image), 1, 1, 1, low=0.4, high=1)
    warm = dice.normal(len(image), 1, 1, 1, scale=0.1) * constant((1.0, 0.1, -1.0), image.device)[None, :, None, None]
    return image * gain * (1 + warm + dice.normal(len(image), 3, 1, 1, scale=0.04))


def _vignette(dice: Dice, batch: int, size: int) -> Tensor:
    axis = (torch.arange(size, device=dice.device) + 0.5) / size * 2 - 1
    far = 0.5 * (axis[None, :] ** 2 + axis[:, None] ** 2)
    slope = dice.normal(batch, 2, 1, 1, scale=0.12)
    return (
        1
        - dice.uniform(batch, 1, 1, 1, high=0.5) ** 1.5 * far
        + slope[:, :1] * axis[None, None, None, :]
        + slope[:, 1:] * axis[None, None, :, None]
    )


def _graded(dice: Dice, image: Tensor) -> Tensor:
    """Saturation, a curve and now and then no colour at all."""
    batch = len(image)
    vivid = dice.uniform(batch, 1, 1, 1, low=0.5, high=1.35) * (1 - dice.flip(0.07, batch, 1, 1, 1))
    grey = image.mean(1, keepdim=True)
    image = (grey + vivid * (image - grey)).clamp(0, 1)
    image = image.clamp_min(1e-4) ** dice.normal(batch, 1, 1, 1, scale=0.18).exp()
    bend = dice.uniform(batch, 1, 1, 1, low=-0.3, high=1.2)
    image = image + bend * image * (1 - image) * (image - 0.5)
    black = dice.uniform(batch, 1, 1, 1, low=-0.05, high=0.1)
    return black + (1 - black) * image


def _focused(dice: Dice, image: Tensor) -> Tensor:
    """A third a little out of focus, a third sharpened."""
    soft = blurred(image, image.shape[-1] / 384)
    return image + dice.uniform(len(image), 1, 1, 1, low=-1, high=1.2).clamp_min(-0.9) * dice.flip(
        0.7, len(image), 1, 1, 1
    ) * (image - soft)


def _grain(dice: Dice, batch: int, size: int) -> Tensor:
    strength = 0.05 * dice.uniform(batch, 1, 1, 1) ** 2.5
    fine = dice.normal(batch, 3, size, size)
    return strength * (
        0.8 * fine + 0.4 * F.interpolate(dice.normal(batch, 3, size // 2, size // 2), scale_factor=2.0, mode="nearest")
    )


def compressed(image: Tensor, quality: Tensor) -> Tensor:
    """JPEG's loss: 8 × 8 cosine transforms, quantised as for `quality` (B,) in 1 … 99, colour at half the resolution."""
    ycc = (
        torch.einsum("ij,bjhw->bihw", on(TO_YCC, image.device), image)
        - constant((0.5, 0.0, 0.0), image.device)[None, :, None, None]
    )
    scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    luma = _quantised(ycc[:, :1], scale)
    chroma = F.interpolate(_quantised(F.avg_pool2d(ycc[:, 1:], 2), 1.6 * scale), scale_factor=2.0, mode="bilinear")
    return (torch.einsum("ij,bjhw->bihw", on(FROM_YCC, image.device), torch.cat([luma + 0.5, chroma], 1))).clamp(0, 1)


def _quantised(plane: Tensor, scale: Tensor) -> Tensor:
    k = torch.arange(8, dtype=torch.float32, device=plane.device)
    basis = (math.pi / 8 * (k[None] + 0.5) * k[:, None]).cos() * torch.where(k == 0, 0.125**0.5, 0.5)[:, None]
    batch, channels, height, width = plane.shape
    blocks = plane.reshape(batch, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    table = (on(LUMINANCE, plane.device) / 255 * scale[:, None, None].clamp_min(0.02))[:, None, None, None]
    waves = (basis @ blocks @ basis.T / table).round() * table
    return (basis.T @ waves @ basis).transpose(3, 4).reshape(plane.shape)
