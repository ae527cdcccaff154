"""Dead leaves: overlapping shapes with a power law of sizes, which has the statistics of photographs (Lee et al. 2001)."""

import torch
from torch import Tensor

from export.scenes.dice import Dice
from export.scenes.raster import grid, per_pixel
from export.scenes.solids import TAU

CHUNK = 16


def leaves(dice: Dice, palette: Tensor, size: int, count: int, smallest: float = 0.04, largest: float = 0.7) -> Tensor:
    """Pictures (B, 3, S, S) of leaves in random colours of each scene's palette (B, P, 3), shaded as if slightly bent.

    smallest, largest: radii in frame units; the number of leaves falls with the third power of the radius.
    """
    batch, colours = palette.shape[:2]
    x, y = grid(size, palette)
    index = torch.zeros(batch, size, size, dtype=torch.int64, device=palette.device)
    tone = torch.zeros(batch, size, size, device=palette.device)
    radius = _radii(dice, batch, count, smallest, largest)
    centre = dice.uniform(batch, count, 2, low=-1.15, high=1.15)
    angle, slim = (
        dice.uniform(batch, count, high=TAU),
        dice.uniform(batch, 1, low=0.25, high=1) * dice.uniform(batch, count, low=0.6, high=1),
    )
    power = 2 * dice.uniform(batch, 1, low=0.4, high=3)  # from stars to rectangles
    bend = dice.normal(batch, count, scale=0.25)
    for first in range(0, count, CHUNK):
        ids = torch.arange(first, min(first + CHUNK, count), device=palette.device)
        dx, dy = (axis - centre[:, ids, i, None, None] for i, axis in ((0, x), (1, y)))
        c, s, r = (v[:, ids, None, None] for v in (angle.cos(), angle.sin(), radius))
        u, v = (dx * c + dy * s) / r, (dy * c - dx * s) / (r * slim[:, ids, None, None])
        inside = u.abs() ** power[:, :, None, None] + v.abs() ** power[:, :, None, None] < 1
        rank = inside * torch.arange(1, len(ids) + 1, device=palette.device)[:, None, None]
        top, which = rank.max(1)
        shade = (bend[:, ids, None, None] * v).gather(1, which[:, None])[:, 0]
        tone = torch.where(top > 0, shade, tone)
        index = torch.where(top > 0, ids[which], index)
    member = dice.index(colours, batch, count)
    colour = palette.gather(1, member[..., None].expand(-1, -1, 3)) * (1 + dice.normal(batch, count, 1, scale=0.12))
    return (per_pixel(colour, index) * (1 + tone[:, None])).clamp(0, 1)


def _radii(dice: Dice, batch: int, count: int, smallest: float, largest: float) -> Tensor:
    """Radii (B, N), half with density r^-3 and half even, large ones first so that they do not hide all others."""
    u = dice.uniform(batch, count)
    steep = (largest**-2 + u * (smallest**-2 - largest**-2)) ** -0.5
    even = dice.uniform(batch, count, low=smallest, high=largest)
    radius = torch.where(dice.uniform(batch, count) < 0.5, steep, even)
    return radius.sort(1, descending=True).values * dice.uniform(batch, count, low=0.8, high=1.2)
