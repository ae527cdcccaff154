"""A bank of square textures for floors, walls, cloth and prints, with coarser copies for what is far away."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes.constants import constant, rows
from export.scenes.dice import Dice
from export.scenes.leaves import leaves
from export.scenes.noise import pink, streaks
from export.scenes.palettes import WOODS, choice, chosen, muted, near, vivid

SIDE = 128
LEVELS = 4


@dataclass(frozen=True)
class Bank:
    """N textures (N, 3, T, T) at T = 128, 64, 32 and 16, in 0..1."""

    levels: tuple[Tensor, ...]

    @property
    def images(self) -> Tensor:
        return self.levels[0]

    def sampled(self, index: Tensor, u: Tensor, v: Tensor, level: Tensor) -> Tensor:
        """Colours (B, 3, S, S) of texture `index` (B, S, S) at u, v, one tile a unit; `level` float: 0 fine … 3 coarse."""
        rounded = level.round().clamp(0, LEVELS - 1).long()
        sides = rows(tuple(t.shape[-1] for t in self.levels), u.device)
        flat = torch.cat([t.permute(0, 2, 3, 1).reshape(-1, 3) for t in self.levels])
        starts = rows((0, *(t.shape[0] * t.shape[2] * t.shape[3] for t in self.levels[:-1])), u.device).cumsum(0)
        side, start = sides[rounded], starts[rounded]
        x, y = _mirrored(u) * side - 0.5, _mirrored(v) * side - 0.5
        left, top = x.floor(), y.floor()
        fx, fy = (x - left)[..., None], (y - top)[..., None]

        def texel(dx: int, dy: int) -> Tensor:
            column = (left.long() + dx).clamp_min(0).minimum(side - 1)
            row = (top.long() + dy).clamp_min(0).minimum(side - 1)
            return flat[start + (index * side + row) * side + column]

        upper = texel(0, 0) * (1 - fx) + texel(1, 0) * fx
        lower = texel(0, 1) * (1 - fx) + texel(1, 1) * fx
        return (upper * (1 - fy) + lower * fy).permute(0, 3, 1, 2)


def _mirrored(u: Tensor) -> Tensor:
    return 1 - ((u % 2) - 1).abs()


def bank(dice: Dice, count: int, kinds: tuple[str, ...]) -> Bank:
    """A bank of about `count` textures, as many of each kind."""
    each = -(-count // len(kinds))
    images = torch.cat([TEXTURES[kind](dice, each) for kind in kinds]).clamp(0, 1)
    images = images[dice.order(len(images))]
    return Bank(tuple(images if k == 0 else F.avg_pool2d(images, 2**k) for k in range(LEVELS)))


def _blend(share: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Colours a and b (n, 3) mixed by the share (n, 1, T, T)."""
    return a[:, :, None, None] * (1 - share) + b[:, :, None, None] * share


def _axes(dice: Dice, n: int) -> tuple[Tensor, Tensor]:
    t = (torch.arange(SIDE, device=dice.device) + 0.5) / SIDE
    return t[None, None, None, :].expand(n, 1, SIDE, SIDE), t[None, None, :, None].expand(n, 1, SIDE, SIDE)


def _pair(dice: Dice, n: int) -> tuple[Tensor, Tensor]:
    a = choice(dice, 0.3, vivid(dice, n), muted(dice, n))
    return a, choice(dice, 0.5, near(dice, a, 0.3), choice(dice, 0.4, vivid(dice, n), muted(dice, n)))


def _rough(dice: Dice, image: Tensor, strength: float = 0.08) -> Tensor:
    n = len(image)
    return image * (
        1 + strength * dice.uniform(n, 1, 1, 1, low=0.2, high=1.5) * pink(dice, n, 1, SIDE, dice.uniform(n, high=1.2))
    )


def plaster(dice: Dice, n: int) -> Tensor:
    a, _ = _pair(dice, n)
    return _rough(dice, _blend(torch.zeros(n, 1, SIDE, SIDE, device=dice.device), a, a), 0.05)


def stains(dice: Dice, n: int) -> Tensor:
    a, b = _pair(dice, n)
    colour = 0.04 * pink(dice, n, 3, SIDE, 1.1)
    return _blend((1.2 * pink(dice, n, 1, SIDE, dice.uniform(n, low=0.6, high=1.6))).sigmoid(), a, b) + colour


def scraps(dice: Dice, n: int) -> Tensor:
    palette = torch.stack([choice(dice, 0.5, vivid(dice, n), muted(dice, n)) for _ in range(6)], 1)
    return _rough(dice, leaves(dice, palette, SIDE, 64, 0.06))


def planks(dice: Dice, n: int) -> Tensor:
    x, y = _axes(dice, n)
    rows = dice.index(7, n, 1, 1, 1) + 2.0
    row = (y * rows).floor()
    shift = (row * 0.37 + dice.uniform(n, 1, 1, 1)) % 1
    board = ((x + shift) * dice.index(3, n, 1, 1, 1) + row * 7.3).floor()
    tone = ((board * 12.9898 + row * 78.233).sin() * 43758.5453) % 1
    joint = ((y * rows) % 1 < 0.05).float()
    grain = streaks(
        dice,
        constant((1.0, 0.0), dice.device)[None, :, None, None].expand(n, 2, SIDE, SIDE),
        0 * rows[:, 0, 0, 0] + 0.25,
    )
    wood = choice(dice, 0.8, chosen(dice, WOODS, n), muted(dice, n))[:, :, None, None]
    return wood * (0.8 + 0.4 * tone + 0.08 * grain) * (1 - 0.6 * joint)


def stripes(dice: Dice, n: int) -> Tensor:
    x, _ = _axes(dice, n)
    a, b = _pair(dice, n)
    wave = (dice.index(12, n, 1, 1, 1) + 2) * 3.1416 * (x + 0.03 * pink(dice, n, 1, SIDE, 2.0))
    return _rough(dice, _blend((6 * (wave.sin() - dice.uniform(n, 1, 1, 1, low=-0.7, high=0.7))).sigmoid(), a, b))


def checks(dice: Dice, n: int) -> Tensor:
    x, y = _axes(dice, n)
    a, b = _pair(dice, n)
    k = (dice.index(7, n, 1, 1, 1) + 1) * 6.2832
    along, across = (6 * (k * x).sin()).sigmoid(), (6 * (k * y).sin()).sigmoid()
    woven = dice.flip(0.5, n, 1, 1, 1)
    return _rough(dice, _blend(woven * 0.5 * (along + across) + (1 - woven) * (along - across).abs(), a, b))


def dots(dice: Dice, n: int) -> Tensor:
    x, y = _axes(dice, n)
    a, b = _pair(dice, n)
    k = dice.index(8, n, 1, 1, 1) + 2.0
    far = (((x * k) % 1 - 0.5) ** 2 + ((y * k + 0.5 * ((x * k).floor() % 2)) % 1 - 0.5) ** 2).sqrt()
    return _rough(dice, _blend((25 * (dice.uniform(n, 1, 1, 1, low=0.1, high=0.4) - far)).sigmoid(), a, b))


def knit(dice: Dice, n: int) -> Tensor:
    x, y = _axes(dice, n)
    a, b = _pair(dice, n)
    k = (dice.index(18, n, 1, 1, 1) + 10) * 6.2832
    wave = (k * x).sin() * (k * y + 1.5 * (k * x).sin()).sin()
    return _blend((0.8 * pink(dice, n, 1, SIDE, 1.2)).sigmoid(), a, b) * (0.85 + 0.25 * wave)


def pile(dice: Dice, n: int) -> Tensor:
    """Carpet, fleece, grass: streaks along a flow that turns."""
    a, b = _pair(dice, n)
    flow = pink(dice, n, 2, SIDE, 1.5) + dice.normal(n, 2, 1, 1)
    hair = streaks(dice, flow, dice.uniform(n, low=0.03, high=0.2))
    return _blend((dice.uniform(n, 1, 1, 1, low=0.4, high=1.4) * hair).sigmoid(), a, b)


def books(dice: Dice, n: int) -> Tensor:
    """Spines on shelves, a street of windows, a rack: rows of columns, each of its own colour."""
    x, y = _axes(dice, n)
    rows, columns = dice.index(4, n, 1, 1, 1) + 1.0, dice.index(14, n, 1, 1, 1) + 4.0
    row = (y * rows).floor()
    bent = x * columns + 0.4 * (x * columns * 1.7 + row * 5).sin()
    spine = bent.floor() + row * 31
    tall = 0.6 + 0.35 * ((spine * 91.7).sin() * 437.5 % 1)
    hue = torch.cat([(spine * k).sin() * 43758.5453 % 1 for k in (12.98, 78.23, 37.72)], 1)
    free = dice.uniform(n, 1, 1, 1)
    base = muted(dice, n)[:, :, None, None]
    there = (1 - y * rows % 1 < tall) & (bent % 1 > 0.06)
    return torch.where(there, base * (1 - free) + hue * free, base * 0.25)


def bricks(dice: Dice, n: int) -> Tensor:
    x, y = _axes(dice, n)
    a, b = _pair(dice, n)
    rows = dice.index(8, n, 1, 1, 1) + 4.0
    row = (y * rows).floor()
    brick = x * rows * 0.5 + 0.5 * (row % 2)
    joint = ((y * rows % 1 < 0.1) | (brick % 1 < 0.06)).float()
    tone = (brick.floor() * 12.9 + row * 78.2).sin() * 43758.5 % 1
    return _rough(dice, _blend(joint, a, b) * (0.75 + 0.4 * tone), 0.15)


def marble(dice: Dice, n: int) -> Tensor:
    a, b = _pair(dice, n)
    vein = (1 - (pink(dice, n, 1, SIDE, 1.6)).abs() * dice.uniform(n, 1, 1, 1, low=2, high=5)).clamp(0, 1)
    return _blend(vein, a, b) + 0.04 * pink(dice, n, 3, SIDE, 1.2)


TEXTURES: dict[str, Callable[[Dice, int], Tensor]] = {
    f.__name__: f for f in (plaster, stains, scraps, planks, stripes, checks, dots, knit, pile, books, bricks, marble)
}
TRAINING = ("plaster", "stains", "scraps", "planks", "stripes", "checks", "dots", "knit", "pile", "books")
HELD_OUT = ("bricks", "marble", "plaster", "pile")
"""Two kinds that no training picture shows, and two that are too common to do without."""
