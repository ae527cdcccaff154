"""Rooms, table tops and streets: boxes along the axes, met by the rays of a camera."""

from dataclasses import dataclass

import torch
from torch import Tensor

from export.scenes.constants import constant
from export.scenes.dice import Dice
from export.scenes.noise import pink
from export.scenes.palettes import LEAVES, WALLS, WOODS, choice, chosen, muted, near, vivid
from export.scenes.raster import grid
from export.scenes.solids import rotation
from export.scenes.textures import Bank

FAR = 40.0


@dataclass(frozen=True)
class Box:
    """One box in each of B scenes.

    Attributes:
        low, high: (B, 3) corners; x right, y down, z towards the viewer, the camera at the origin.
        colour: (B, 3), multiplied with the texture; it shines by itself by `glow` (B,).
        cover: (B,) how far the texture covers it. tile: (B,) side of a texture's tile.
    """

    low: Tensor
    high: Tensor
    colour: Tensor
    cover: Tensor
    tile: Tensor
    glow: Tensor


@dataclass(frozen=True)
class Ground:
    """A picture (B, 3, S, S) of what is behind or below the subject, and how far behind its plane, 0 … 1 (B, 1, S, S)."""

    image: Tensor
    distance: Tensor


def seen(dice: Dice, boxes: list[Box], camera: Tensor, lens: Tensor, size: int, textures: Bank, sky: Tensor) -> Ground:
    """Casts the rays of a camera turned by (B, 3, 3) with focal length `lens` (B,); where none hits, the sky (B, 3, S, S)."""
    x, y = grid(size, lens)
    batch = len(lens)
    ray = torch.stack(
        [
            x.expand(batch, -1, -1) / lens[:, None, None],
            y.expand(batch, -1, -1) / lens[:, None, None],
            -torch.ones(batch, size, size, device=x.device),
        ],
        1,
    )
    ray = torch.einsum("bij,bjhw->bihw", camera, ray)
    ray = torch.where(ray.abs() < 1e-4, 1e-4, ray)
    nearest = torch.full((batch, size, size), FAR, device=x.device)
    which, side = torch.zeros_like(nearest, dtype=torch.int64), torch.zeros_like(nearest, dtype=torch.int64)
    for k, box in enumerate(boxes):
        a, b = box.low[:, :, None, None] / ray, box.high[:, :, None, None] / ray
        enter, axis = torch.minimum(a, b).max(1)
        leave = torch.maximum(a, b).amin(1)
        hit = (enter < leave) & (enter > 0.05) & (enter < nearest)
        nearest = torch.where(hit, enter, nearest)
        which, side = torch.where(hit, k, which), torch.where(hit, axis, side)
    return _coloured(dice, boxes, ray, nearest, which, side, textures, sky, lens)


def _coloured(
    dice: Dice,
    boxes: list[Box],
    ray: Tensor,
    far: Tensor,
    which: Tensor,
    side: Tensor,
    textures: Bank,
    sky: Tensor,
    lens: Tensor,
) -> Ground:
    batch, size = len(far), far.shape[-1]
    scene = torch.arange(batch, device=far.device)[:, None, None]

    def stack(name: str) -> Tensor:
        return torch.stack([getattr(box, name) for box in boxes], 1)[scene, which]

    point = ray * far[:, None]
    u = torch.where(side == 0, point[:, 2], point[:, 0])
    v = torch.where(side == 1, point[:, 2], point[:, 1])
    tile = stack("tile")
    index = dice.index(len(textures.images), batch, len(boxes))[scene, which]
    offset = dice.uniform(batch, len(boxes))[scene, which]
    level = (far / tile * 128 / size * 2 / lens[:, None, None]).clamp_min(1).log2()
    texture = textures.sampled(index, u / tile + offset, v / tile + 2 * offset, level)
    cover = stack("cover")[:, None]
    albedo = stack("colour").permute(0, 3, 1, 2) * (1 - cover) + cover * texture
    tones = dice.uniform(batch, 3, low=0.55, high=1.1)
    shade = tones[scene, side][:, None]
    glow = stack("glow")[:, None]
    light = 1 + 0.07 * pink(dice, batch, 1, size, 2.2)
    image = albedo * (shade * light * (1 - glow) + 1.3 * glow)
    hit = (far < FAR)[:, None]
    return Ground(torch.where(hit, image, sky).clamp(0, 1.2), 1 - 1 / (1 + 0.35 * (far - 1.0).clamp_min(0))[:, None])


def _boxed(
    low: tuple[Tensor, ...],
    high: tuple[Tensor, ...],
    colour: Tensor,
    cover: Tensor,
    tile: Tensor,
    glow: Tensor | None = None,
) -> Box:
    return Box(
        torch.stack(low, 1), torch.stack(high, 1), colour, cover, tile, torch.zeros_like(tile) if glow is None else glow
    )


def _furniture(dice: Dice, one: Tensor, floor: Tensor, wide: Tensor, deep: Tensor, count: int) -> list[Box]:
    """Sofas, cupboards, beds, radiators, cushions: boxes on the floor along the walls."""
    batch = len(one)
    boxes = []
    for _ in range(count):
        half, tall, thick = (dice.uniform(batch, low=a, high=b) for a, b in ((0.15, 1.0), (0.2, 1.6), (0.1, 0.5)))
        there = dice.flip(0.75, batch)
        x = wide * dice.uniform(batch, low=-1.0, high=1.0)
        z = -deep + thick + dice.uniform(batch) ** 2 * (deep - 1.6).clamp_min(0.1)
        colour = choice(
            dice, 0.35, chosen(dice, WOODS, batch), choice(dice, 0.5, muted(dice, batch), vivid(dice, batch))
        )
        cover = dice.flip(0.55, batch) * dice.uniform(batch, low=0.3, high=1)
        tile = dice.uniform(batch, low=0.4, high=2)
        boxes.append(
            _boxed(
                (x - half, floor - tall, z - thick),
                (x + half, floor - tall * (1 - there), z + thick),
                colour,
                cover,
                tile,
            )
        )
        seat = tall * 0.45  # a lower part in front makes a sofa, a bed or a drawer of it
        sofa = dice.flip(0.5, batch) * there
        boxes.append(
            _boxed(
                (x - half, floor - seat * sofa, z),
                (x + half, floor + 0 * one, z + 2.5 * thick),
                near(dice, colour, 0.15),
                cover,
                tile,
            )
        )
        pillow = x + half * dice.uniform(batch, low=-0.7, high=0.7)
        rest = floor - torch.where(sofa > 0, seat, tall)
        size = 0.18 * dice.flip(0.6, batch) * there + 1e-3
        boxes.append(
            _boxed(
                (pillow - size, rest - 1.3 * size, z),
                (pillow + size, rest, z + 1.5 * size),
                vivid(dice, batch),
                cover,
                tile,
            )
        )
    return boxes


def _on_walls(dice: Dice, one: Tensor, floor: Tensor, wide: Tensor, deep: Tensor) -> list[Box]:
    """Pictures, windows that glow, doors, shelves and curtains on the back wall and one side wall."""
    batch, boxes = len(one), []
    for kind in ("window", "picture", "picture", "shelf", "curtain"):
        there = dice.flip({"window": 0.6, "picture": 0.5, "shelf": 0.4, "curtain": 0.5}[kind], batch) * 1.0
        half = dice.uniform(batch, low=0.2, high=0.7) * there + 1e-3
        tall = dice.uniform(batch, low=0.25, high=0.9) * there + 1e-3
        x, y = dice.normal(batch) * wide * 0.6, floor - 1.7 + dice.normal(batch, scale=0.3)
        glow = dice.uniform(batch, low=0.4, high=1) if kind == "window" else 0 * one
        pale = torch.full((batch, 3), 0.9, device=one.device)
        colour = (
            near(dice, pale, 0.1) if kind == "window" else choice(dice, 0.5, muted(dice, batch), vivid(dice, batch))
        )
        cover = 0.3 * glow if kind == "window" else dice.uniform(batch, low=0.4, high=1)
        thick = {"shelf": 0.3, "curtain": 0.12}.get(kind, 0.03)
        if kind == "curtain":
            tall = tall * 2
        boxes.append(
            _boxed((x - half, y - tall, -deep), (x + half, y + tall, -deep + thick), colour, cover, tall * 2, glow)
        )
        if kind in ("window", "picture"):
            rim = 0.06 * there
            boxes.insert(
                -1,
                _boxed(
                    (x - half - rim, y - tall - rim, -deep),
                    (x + half + rim, y + tall + rim, -deep + 0.5 * thick),
                    near(dice, pale * 0.8, 0.3),
                    0 * one,
                    one,
                ),
            )
    return boxes


def _camera(dice: Dice, batch: int, down: tuple[float, float]) -> Tensor:
    pitch = dice.uniform(batch, low=down[0], high=down[1])
    return turned(dice.normal(batch, scale=0.5), -pitch, dice.normal(batch, scale=0.05))


def turned(yaw: Tensor, pitch: Tensor, roll: Tensor) -> Tensor:
    """A camera that rolls about its own axis, looks up or down, then turns about the vertical: (B, 3, 3)."""
    zero = torch.zeros_like(yaw)
    return rotation(yaw, zero, zero) @ rotation(zero, pitch, zero) @ rotation(zero, zero, roll)


def room(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """A living room from eye or cat height."""
    one = torch.ones(batch, device=dice.device)
    floor, wide, deep = (dice.uniform(batch, low=a, high=b) for a, b in ((0.5, 1.5), (1.4, 3.0), (2.2, 5.5)))
    big = 0 * one + 20
    wall = chosen(dice, WALLS, batch)
    wood = choice(dice, 0.5, chosen(dice, WOODS, batch), muted(dice, batch))
    papered, tile = dice.flip(0.35, batch) * 0.8, dice.uniform(batch, low=0.6, high=2)
    rug = dice.flip(0.5, batch) * dice.uniform(batch, low=0.5, high=1.5) + 1e-3
    boxes = [
        _boxed((-big, floor, -big), (big, floor + 1, big), wood, dice.flip(0.8, batch) * 0.9, tile),
        _boxed((-big, -big, -deep - 1), (big, big, -deep), wall, papered, tile),
        _boxed((-wide - 1, -big, -big), (-wide, big, big), near(dice, wall, 0.08), papered, tile),
        _boxed((wide, -big, -big), (wide + 1, big, big), near(dice, wall, 0.08), papered, tile),
        _boxed((-big, floor - 2.8, -big), (big, floor - 2.7, big), near(dice, wall, 0.05), 0 * one, one),
        _boxed(
            (-wide, floor - 0.12, -deep),
            (wide, floor + 0.1, -deep + 0.03),
            near(dice, torch.full_like(wall, 0.8), 0.15),
            0 * one,
            one,
        ),
        _boxed((-rug, floor - 0.02, -rug - 1.5), (rug, floor + 0.1, rug - 1.5), vivid(dice, batch), 0.8 * one, rug),
        *_on_walls(dice, one, floor, wide, deep),
        *_furniture(dice, one, floor, wide, deep, 5),
    ]
    return seen(
        dice,
        boxes,
        _camera(dice, batch, (0.05, 0.6)),
        dice.uniform(batch, low=0.8, high=1.7),
        size,
        textures,
        _sky(dice, batch, size),
    )


def table_top(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """A table, counter or bed seen from above at an angle, perhaps with its edge and the room behind."""
    one = torch.ones(batch, device=dice.device)
    top = dice.uniform(batch, low=0.45, high=0.9)
    wide, deep = dice.uniform(batch, low=0.7, high=4), dice.uniform(batch, low=1.2, high=4)
    big = 0 * one + 20
    wood = choice(dice, 0.6, chosen(dice, WOODS, batch), muted(dice, batch))
    tile = dice.uniform(batch, low=0.5, high=2)
    boxes = [
        _boxed((-wide, top, -deep), (wide, top + 0.08, big), wood, dice.flip(0.75, batch) * 0.9, tile),
        _boxed((-big, top + 1.2, -big), (big, top + 2, big), muted(dice, batch) * 0.6, 0.5 * one, 2 * one),
        _boxed(
            (-big, -big, -deep - 3),
            (big, big, -deep - 2),
            chosen(dice, WALLS, batch) * 0.7,
            dice.flip(0.4, batch),
            2 * one,
        ),
    ]
    for _ in range(4):  # napkins, books, phones, plates at the rim
        x, z = dice.sign(batch) * dice.uniform(batch, low=0.6, high=1.8), -dice.uniform(batch, low=0.6, high=3)
        half, tall = (
            dice.uniform(batch, low=0.1, high=0.5),
            dice.uniform(batch, low=0.01, high=0.12) * dice.flip(0.5, batch) + 1e-3,
        )
        boxes.append(
            _boxed(
                (x - half, top - tall, z - half),
                (x + half, top, z + half),
                vivid(dice, batch),
                dice.flip(0.5, batch),
                half,
            )
        )
    camera = turned(
        dice.normal(batch, scale=0.5), -dice.uniform(batch, low=0.35, high=1.25), dice.normal(batch, scale=0.2)
    )
    return seen(dice, boxes, camera, dice.uniform(batch, low=1.0, high=2.0), size, textures, _sky(dice, batch, size))


def outdoors(dice: Dice, batch: int, size: int, textures: Bank) -> Ground:
    """A meadow, beach, road or yard under the sky, with houses and a line of trees."""
    one = torch.ones(batch, device=dice.device)
    floor, big = dice.uniform(batch, low=0.4, high=1.6), 0 * one + 60
    green = choice(dice, 0.6, chosen(dice, LEAVES, batch), muted(dice, batch))
    boxes = [
        _boxed(
            (-big, floor, -big),
            (big, floor + 1, big),
            green,
            dice.uniform(batch, high=0.6),
            dice.uniform(batch, low=0.5, high=2),
        )
    ]
    for _ in range(4):
        there = dice.flip(0.4, batch)
        x, z = dice.normal(batch, scale=5), -dice.uniform(batch, low=6, high=25)
        half, tall = dice.uniform(batch, low=0.5, high=4), dice.uniform(batch, low=0.4, high=6) * there
        boxes.append(
            _boxed(
                (x - half, floor - tall, z - 1),
                (x + half, floor + 0 * one, z + 1),
                muted(dice, batch),
                0.7 * one,
                dice.uniform(batch, low=1, high=6),
            )
        )
    ground = seen(
        dice,
        boxes,
        _camera(dice, batch, (-0.15, 0.5)),
        dice.uniform(batch, low=0.8, high=2),
        size,
        textures,
        _sky(dice, batch, size),
    )
    return _with_trees(dice, ground)


def _with_trees(dice: Dice, ground: Ground) -> Ground:
    """Foliage in front of the sky, its outline and its leaves from 1/f noise."""
    batch, size = len(ground.image), ground.image.shape[-1]
    _, y = grid(size, ground.image)
    skyline = dice.uniform(batch, 1, 1, 1, low=-1.6, high=0.3)
    shape = pink(dice, batch, 1, size, 1.6)
    tree = ((y - skyline + 0.35 * shape) * 14).sigmoid() * (ground.distance > 0.9)
    leaf = chosen(dice, LEAVES, batch)[:, :, None, None] * (0.75 + 0.4 * pink(dice, batch, 1, size, 0.8)) + 0.04 * pink(
        dice, batch, 3, size, 1.0
    )
    return Ground((ground.image * (1 - tree) + tree * leaf).clamp(0, 1.2), ground.distance)


def _sky(dice: Dice, batch: int, size: int) -> Tensor:
    _, y = grid(size, dice.uniform(1))
    share = (0.5 + 0.5 * y)[None, None] * torch.ones(batch, 1, 1, 1, device=dice.device)
    blue = near(dice, constant((0.35, 0.55, 0.85), dice.device).expand(batch, 3), 0.2)
    high = choice(dice, 0.7, blue, muted(dice, batch))[:, :, None, None]
    low = near(dice, torch.full((batch, 3), 0.85, device=dice.device), 0.1)[:, :, None, None]
    cloud = (1.5 * pink(dice, batch, 1, size, 1.5) + dice.normal(batch, 1, 1, 1) - 1).sigmoid()
    return (high * (1 - share) + low * share) * (1 - cloud) + 0.92 * cloud


__all__ = ["Ground", "outdoors", "room", "table_top"]
