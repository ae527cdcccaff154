"""Draws shots: a batch of subjects of one kind, and grounds for them.

>>> dice = Dice(7, "cpu")
>>> shot(dice, Studio.furnished(dice), count=8, size=192).figures.shape
torch.Size([8, 4, 192, 192])
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from export.scenes import patterns, textures
from export.scenes.animals import animal
from export.scenes.dice import Dice
from export.scenes.figure import Figure
from export.scenes.framing import framed
from export.scenes.grounds import GROUNDS, SHARES
from export.scenes.people import person
from export.scenes.plants import bird, flower, pot_plant
from export.scenes.portrait import cut_out
from export.scenes.things import blob, box, chair, crockery, cycle, heap, tower, vehicle

Family = Callable[[Dice, int], Figure]
FAMILIES: dict[Family, int] = {
    animal: 28,
    person: 20,
    crockery: 8,
    box: 4,
    heap: 6,
    blob: 12,
    chair: 2,
    vehicle: 5,
    cycle: 3,
    tower: 3,
    flower: 8,
    pot_plant: 3,
    bird: 6,
}
"""How often each is drawn, in parts."""
AT_HOME: dict[Family, tuple[str, ...]] = {
    animal: ("room", "cloth", "foliage", "outdoors"),
    person: ("room", "outdoors", "backdrop"),
    crockery: ("table_top",),
    heap: ("table_top", "cloth"),
    vehicle: ("outdoors",),
    cycle: ("outdoors", "room"),
    tower: ("outdoors",),
    flower: ("foliage", "outdoors", "haze"),
    bird: ("foliage", "outdoors"),
}
"""Grounds on which every second shot of a family is taken; the others are taken anywhere."""


@dataclass(frozen=True)
class Studio:
    """What shots are made of: a bank of textures and the kinds of coat."""

    textures: textures.Bank
    coats: tuple[str, ...]

    @classmethod
    def furnished(cls, dice: Dice, count: int = 300) -> Self:
        """For training."""
        return cls(textures.bank(dice, count, textures.TRAINING), patterns.TRAINING)

    @classmethod
    def held_out(cls, dice: Dice, count: int = 60) -> Self:
        """For tests: with textures and coats that training does not show."""
        return cls(textures.bank(dice, count, textures.HELD_OUT), patterns.HELD_OUT)


@dataclass(frozen=True)
class Shot:
    """figures: premultiplied RGBA (B, 4, S, S). grounds: RGB and distance (B, 4, S, S). Both in 0..1."""

    figures: Tensor
    grounds: Tensor


def shot(dice: Dice, studio: Studio, count: int, size: int) -> Shot:
    """`count` pictures of one family of subjects before one kind of ground."""
    family = list(FAMILIES)[_drawn(dice, list(FAMILIES.values()))]
    kinds = AT_HOME.get(family, ()) if _drawn(dice, [1, 1]) else ()
    return Shot(subjects(dice, studio, family, count, size), surroundings(dice, studio, count, size, kinds))


@torch.no_grad()
def subjects(dice: Dice, studio: Studio, family: Family, count: int, size: int) -> Tensor:
    """Cut-outs (B, 4, S, S) of a family."""
    cloth = dice.pick(studio.textures.images, count)
    return cut_out(dice, framed(dice, family(dice, count)), size, cloth, studio.coats)


@torch.no_grad()
def surroundings(dice: Dice, studio: Studio, count: int, size: int, kinds: tuple[str, ...] = ()) -> Tensor:
    """Grounds (B, 4, S, S) of one of the kinds, or of any."""
    shares = {kind: SHARES[kind] for kind in kinds or SHARES}
    kind = list(shares)[_drawn(dice, list(shares.values()))]
    ground = GROUNDS[kind](dice, count, size, studio.textures)
    return torch.cat([ground.image.clamp(0, 1), ground.distance.expand(-1, 1, -1, -1)], 1)


def _drawn(dice: Dice, parts: list[int]) -> int:
    """An index, each as often as its parts say; drawn on the CPU, so that nothing waits for a GPU."""
    weights = torch.tensor(parts, dtype=torch.float32)
    return int(torch.multinomial(weights, 1, generator=dice.order_of_events))
