"""What is behind a subject: rooms, tables, gardens, cloth, foliage, studio backdrops, lights out of focus."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes.constants import constant
from export.scenes.dice import Dice
from export.scenes.leaves import leaves
from export.scenes.noise import pink, streaks
from export.scenes.palettes import LEAVES, WALLS, choice, chosen, muted, near, vivid
from export.scenes.raster import grid
from export.scenes.rooms import Ground, outdoors, room, table_top
from export.scenes.textures import Bank

Kind = Callable[[Dice, int, int, Bank], Ground]


def backdrop(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """Paper or plaster behind, with a soft light on it; often a floor of nearly the same colour."""
    x, y = grid(size, textures.images)
    wall = choice(dice, 0.35, vivid(dice, batch), choice(dice, 0.5, muted(dice, batch), chosen(dice, WALLS, batch)))
    floor = choice(dice, 0.5, near(dice, wall, 0.12), muted(dice, batch))
    edge = dice.uniform(batch, 1, 1, 1, low=0.1, high=1.6)
    share = ((y - edge) * dice.uniform(batch, 1, 1, 1, low=2, high=60)).sigmoid()
    spot = dice.normal(batch, 2, 1, 1, scale=0.6)
    glow = (-((x - spot[:, :1]) ** 2 + (y - spot[:, 1:]) ** 2) * dice.uniform(batch, 1, 1, 1, low=0.1, high=1)).exp()
    image = wall[:, :, None, None] * (1 - share) + floor[:, :, None, None] * share
    image = image * (1 + dice.uniform(batch, 1, 1, 1, high=0.6) * (glow - 0.5)) + 0.03 * pink(dice, batch, 3, size, 1.3)
    return Ground(image.clamp(0, 1), torch.full_like(share, 0.6))


def cloth(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """A blanket, bed or sofa from near: a texture over folds."""
    fold = pink(dice, batch, 1, size, dice.uniform(batch, low=2.2, high=3.2))
    slope = F.pad(fold[..., 1:] - fold[..., :-1], (0, 1)) + F.pad(fold[..., 1:, :] - fold[..., :-1, :], (0, 0, 0, 1))
    light = 1 + size / 24 * dice.uniform(batch, 1, 1, 1, low=0.1, high=0.8) * slope
    image = _spread(dice, batch, size, textures, fold) * light.clamp(0.35, 1.5)
    return Ground(image.clamp(0, 1), 0.15 + 0.3 * dice.uniform(batch, 1, 1, 1).expand(-1, -1, size, size))


def _spread(dice: Dice, batch: int, size: int, textures: Bank, fold: Tensor) -> Tensor:
    """A texture or a plain colour over the frame, turned, and pushed about by the folds (B, 1, S, S)."""
    x, y = grid(size, fold)
    angle, scale = dice.uniform(batch, 1, 1, high=6.28), dice.uniform(batch, 1, 1, low=0.5, high=2)
    u = (x * angle.cos() - y * angle.sin()) * scale + 0.04 * fold[:, 0]
    v = (x * angle.sin() + y * angle.cos()) * scale + 0.04 * fold[:, 0]
    index = dice.index(len(textures.images), batch, 1, 1).expand(-1, size, size)
    level = (scale * 128 / size * 2).clamp_min(1).log2().expand(-1, size, size)
    texture = textures.sampled(index, u, v, level)
    share = (dice.flip(0.75, batch) * dice.uniform(batch, low=0.4, high=1))[:, None, None, None]
    return texture * share + (1 - share) * choice(dice, 0.5, vivid(dice, batch), muted(dice, batch))[:, :, None, None]


def foliage(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """Leaves or grass from near."""
    tint = choice(dice, 0.85, chosen(dice, LEAVES, batch), muted(dice, batch))
    palette = near(dice, tint[:, None].expand(-1, 8, -1), 0.35)
    image = leaves(dice, palette, size, 192, 0.05, 0.4)
    blades = streaks(
        dice,
        pink(dice, batch, 2, size, 1.6) + constant((0.0, 1.5), dice.device)[None, :, None, None],
        dice.uniform(batch, low=0.05, high=0.25),
        3,
    )
    grass = tint[:, :, None, None] * (0.8 + 0.35 * blades + 0.2 * pink(dice, batch, 1, size, 1.4))
    share = dice.flip(0.4, batch)[:, None, None, None]
    image = image * (1 - share) + grass * share
    return Ground(
        (image * (1 + 0.25 * pink(dice, batch, 1, size, 1.8))).clamp(0, 1),
        0.3 + 0.6 * dice.uniform(batch, 1, 1, 1).expand(-1, -1, size, size),
    )


def collage(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """Dead leaves of any colour and size, the statistics of photographs without their things."""
    free = choice(dice, 0.5, vivid(dice, batch)[:, None].expand(-1, 10, -1), muted(dice, batch, 10))
    palette = near(dice, free, 0.3)
    image = leaves(dice, palette, size, 160, 0.05, 0.9)
    image = image * (1 + 0.2 * pink(dice, batch, 1, size, 1.5)) + 0.04 * pink(dice, batch, 3, size, 1.0)
    return Ground(image.clamp(0, 1), 0.3 + 0.7 * dice.uniform(batch, 1, 1, 1).expand(-1, -1, size, size))


def haze(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """1/f noise in colour: what is left of a scene far out of focus."""
    field = pink(dice, batch, 3, size, dice.uniform(batch, low=0.9, high=2.0))
    mixing = torch.eye(3, device=dice.device) * 0.3 + 0.6 + dice.normal(batch, 3, 3, scale=0.2)
    mean = muted(dice, batch)[:, :, None, None]
    image = mean * (
        1 + 0.35 * dice.uniform(batch, 1, 1, 1, low=0.1, high=0.8) * torch.einsum("bij,bjhw->bihw", mixing, field)
    )
    lights = leaves(
        dice, torch.cat([torch.zeros(batch, 7, 3, device=dice.device), vivid(dice, batch, 2)], 1), size, 48, 0.03, 0.15
    )
    return Ground((image + dice.flip(0.4, batch, 1, 1, 1) * lights).clamp(0, 1), torch.full_like(image[:, :1], 0.9))


GROUNDS: dict[str, Kind] = {
    "room": room,
    "table_top": table_top,
    "outdoors": outdoors,
    "backdrop": backdrop,
    "cloth": cloth,
    "foliage": foliage,
    "collage": collage,
    "haze": haze,
}
SHARES = {"room": 6, "table_top": 3, "outdoors": 4, "backdrop": 3, "cloth": 2, "foliage": 2, "collage": 1, "haze": 1}
