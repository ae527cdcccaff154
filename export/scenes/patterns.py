"""How two colours of a coat are mixed: stripes, spots, patches and gradients in space."""

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes.dice import Dice
from export.scenes.noise import in_space, lattice

TRAINING = ("tabby", "spots", "patches", "shaded", "mottled")
HELD_OUT = ("rosettes", "patches")


def mixed(dice: Dice, point: Tensor, normal: Tensor, kinds: tuple[str, ...] = TRAINING) -> Tensor:
    """Share of the second colour (B, 1, S, S) at the points (B, 3, S, S) of surfaces; each scene has its own kind."""
    batch = len(point)
    block = lattice(dice, batch, 3)
    coarse = in_space(block, point, dice.uniform(batch, low=1.5, high=5), 2)
    fine = in_space(block, point, dice.uniform(batch, low=6, high=14), 2)
    along = F.normalize(dice.normal(batch, 3), dim=1)[:, :, None, None]
    stripes = (
        dice.uniform(batch, 1, 1, 1, low=12, high=40) * (point * along).sum(1, keepdim=True) + 1.6 * coarse[:, :1]
    ).sin()
    edge = dice.uniform(batch, 1, 1, 1, low=-0.6, high=0.8)
    shares = {
        "tabby": (1.5 * stripes + 0.8 * coarse[:, 1:2] - 0.3).mul(2).sigmoid(),
        "spots": (6 * (fine[:, :1] - 0.7 - 0.3 * edge)).sigmoid(),
        "patches": (12 * (coarse[:, :1] - edge)).sigmoid(),
        "shaded": (2.5 * (-normal[:, 1:2] + 0.5 * coarse[:, :1] - 0.2)).sigmoid(),
        "mottled": (fine[:, 1:2] + coarse[:, 1:2]).mul(1.2).sigmoid(),
        "rosettes": (8 * (0.35 - (fine[:, :1] - 0.6).abs())).sigmoid(),
    }
    stack = torch.stack([shares[kind] for kind in kinds], 1)
    return stack[torch.arange(batch, device=point.device), dice.index(len(kinds), batch)]
