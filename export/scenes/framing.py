"""Where a figure stands in the frame: whole, as a portrait, or so near that the frame cuts it."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from export.scenes.dice import Dice
from export.scenes.figure import Figure
from export.scenes.solids import perspective


@dataclass(frozen=True)
class Framed:
    """A figure in frame units, and by what factor (B,) it was enlarged."""

    figure: Figure
    zoom: Tensor


def framed(dice: Dice, figure: Figure, extent: tuple[float, float] = (1.15, 2.0), close: float | None = None) -> Framed:
    """Scales and places each figure; `extent` is the longer side of a whole one, in frame units, of which the frame has 2."""
    solids = perspective(figure.solids, dice.uniform(len(figure.reach), high=0.35))
    figure = replace(figure, solids=solids)
    low, high = solids.bounds()
    batch = len(low)
    longer = (high - low).amax(1).clamp_min(1e-3)
    whole = dice.uniform(batch, low=extent[0], high=extent[1]) / longer
    room = (2 - (high - low) * whole[:, None]).clamp_min(0)
    centre = -0.5 * (low + high) * whole[:, None] + dice.uniform(batch, 2, low=-0.4, high=0.4) * room
    near = dice.uniform(batch, low=0.42, high=1.0) / figure.reach
    look = -figure.focus[:, :2] * near[:, None] + dice.normal(batch, 2, scale=0.22)
    is_near = dice.flip(figure.close if close is None else close, batch)
    near = torch.maximum(near, whole)
    zoom = torch.where(is_near > 0, near, whole)
    shift = torch.where(is_near[:, None] > 0, look, centre)
    if figure.standing:
        bottom = high[:, 1] * zoom + shift[:, 1]
        down = (0.98 - bottom).clamp_min(0) * dice.flip(0.5, batch)
        shift = shift + torch.stack([torch.zeros_like(down), down], 1)
    eye = torch.eye(3, device=zoom.device)[None] * zoom[:, None, None]
    solids = solids.moved(eye, torch.cat([shift, torch.zeros_like(shift[:, :1])], 1))
    return Framed(replace(figure, solids=solids), zoom)
