"""Random fields with the statistics of nature: 1/f noise, noise in space, streaks along a flow."""

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes.dice import Dice


def pink(dice: Dice, batch: int, channels: int, size: int, slope: Tensor | float = 1.0) -> Tensor:
    """Noise (B, C, S, S) of mean 0 and deviation 1 whose amplitude falls as 1/f^slope; photographs have a slope near 1.

    slope: one for all, or (B,).
    """
    spectrum = torch.fft.rfft2(dice.normal(batch, channels, size, size))
    fy, fx = torch.fft.fftfreq(size, device=dice.device), torch.fft.rfftfreq(size, device=dice.device)
    f = (fy[:, None] ** 2 + fx[None] ** 2).sqrt().clamp_min(0.7 / size) * size
    power = slope.reshape(-1, 1, 1, 1) if isinstance(slope, Tensor) else slope
    field = torch.fft.irfft2(spectrum * f ** (-power), s=(size, size))
    field = field - field.mean((2, 3), keepdim=True)
    even: Tensor = field / field.std((2, 3), keepdim=True).clamp_min(1e-6)
    return even


def lattice(dice: Dice, batch: int, channels: int, cells: int = 24) -> Tensor:
    """A block of random values (B, C, n, n, n) for `in_space`."""
    return dice.normal(batch, channels, cells, cells, cells)


def in_space(block: Tensor, point: Tensor, scale: Tensor, octaves: int = 3) -> Tensor:
    """Noise (B, C, S, S) of deviation about 1 at the points (B, 3, S, S): `scale` (B,) cells a unit, then twice that, …"""
    total = torch.zeros(1, device=point.device)
    weight = 1.0
    cells = block.shape[-1]
    for octave in range(octaves):
        place = point * (scale * 2.0**octave / cells * 2)[:, None, None, None] + 0.37 * octave
        place = ((place + 1) % 4 - 2).abs() * 1.0 - 1  # mirrored at the block's faces
        total = total + weight * F.grid_sample(
            block, place.permute(0, 2, 3, 1)[:, None], padding_mode="border", align_corners=False
        ).squeeze(2)
        weight *= 0.55
    return total


def streaks(dice: Dice, flow: Tensor, reach: Tensor, coarse: int = 1) -> Tensor:
    """White noise smeared along the flow (B, 2, S, S): (B, 1, S, S), deviation about 1. Cabral and Leedom 1993.

    Two passes, the second with strides as long as what the first has smeared.

    reach: (B,) half length of a streak in frame units. coarse: grains of this many pixels.
    """
    batch, _, size, _ = flow.shape
    grain = dice.normal(batch, 1, size // coarse, size // coarse)
    if coarse > 1:
        grain = F.interpolate(grain, size=(size, size), mode="bilinear")
    axis = (torch.arange(size, device=flow.device) + 0.5) / size * 2 - 1
    place = torch.stack([axis[None, :].expand(size, size), axis[:, None].expand(size, size)])[None]
    step = F.normalize(flow, dim=1) * reach[:, None, None, None]
    for stride in (0.07, 0.28):
        around = [place + k * stride * step for k in (-3, -2, -1, 1, 2, 3)]
        grain = grain + sum(
            F.grid_sample(grain, p.permute(0, 2, 3, 1), padding_mode="reflection", align_corners=False) for p in around
        )
    return grain / grain.std((2, 3), keepdim=True).clamp_min(1e-5)


def blurred(image: Tensor, sigma: float) -> Tensor:
    """A Gaussian of `sigma` pixels over (B, C, S, S)."""
    reach = max(1, int(2.5 * sigma + 0.5))
    x = torch.arange(-reach, reach + 1, device=image.device, dtype=torch.float32)
    kernel = torch.exp(-x * x / (2 * sigma * sigma))
    kernel = (kernel / kernel.sum())[None, None]
    batch, channels, height, width = image.shape
    flat = image.reshape(batch * channels, 1, height, width)
    flat = F.conv2d(F.pad(flat, (reach, reach, 0, 0), mode="replicate"), kernel[:, :, None, :])
    flat = F.conv2d(F.pad(flat, (0, 0, reach, reach), mode="replicate"), kernel[:, :, :, None])
    return flat.view(batch, channels, height, width)
