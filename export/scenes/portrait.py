"""Turns figures into cut-outs: coloured, lit, furred, with soft edges, as premultiplied RGBA."""

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes import light as lights
from export.scenes import patterns
from export.scenes.constants import constant, rows
from export.scenes.dice import Dice
from export.scenes.figure import TRAITS
from export.scenes.framing import Framed
from export.scenes.lens import defocused
from export.scenes.noise import blurred, streaks
from export.scenes.raster import drawn, per_pixel

GEOMETRY = 2
"""Depth and outline are drawn at 1 / GEOMETRY of the size: they are smooth. Colour and hair are not."""


def cut_out(dice: Dice, framed: Framed, size: int, cloth: Tensor, kinds: tuple[str, ...] = patterns.TRAINING) -> Tensor:
    """Premultiplied RGBA (B, 4, S, S) in 0..1.

    Args:
        cloth: textures (B, 3, T, T) that cover what is made of cloth or printed.
    """
    figure, zoom = framed.figure, framed.zoom
    surface = drawn(figure.solids, size // GEOMETRY)
    batch = len(zoom)
    fabric = per_pixel(figure.materials[:, rows(figure.solids.material, zoom.device)], surface.solid[:, 0])
    coarse = (surface.depth, surface.normal, surface.inside, surface.flow, fabric)
    depth, normal, inside, flow, fabric = (F.interpolate(t, size=(size, size), mode="bilinear") for t in coarse)
    base, second = fabric[:, :3], fabric[:, 3:6]
    mix, fur, gloss, woven, grain = fabric[:, 6:].chunk(len(TRAITS), 1)
    fur = fur * zoom[:, None, None, None]
    hair = _hair(dice, flow, inside, fur)
    x = (torch.arange(size, device=inside.device) + 0.5) / size * 2 - 1
    point = torch.stack([x[None, :].expand(size, size), x[:, None].expand(size, size)])[None].expand(batch, -1, -1, -1)
    point = torch.cat([point, depth], 1) / zoom[:, None, None, None]
    mixed = mix * patterns.mixed(dice, point, normal, kinds)
    albedo = base * (1 - mixed) + second * mixed
    print_ = _wrapped(dice, cloth, point, normal)
    albedo = albedo * (1 - woven) + woven * print_
    albedo = albedo * (1 + grain * (0.5 * hair + 0.4 * dice.normal(batch, 1, size, size) * (fur < 1e-4))).clamp(0.2, 2)
    normal = _ruffled(normal, hair, fur, grain)
    colour = lights.lit(lights.drawn(dice, batch), albedo, normal, gloss, _openness(depth, inside))
    alpha = _edge(inside, hair, fur, size)
    return _shallow(dice, torch.cat([colour.clamp(0, 1) * alpha, alpha], 1), depth, inside)


def _shallow(dice: Dice, cut: Tensor, depth: Tensor, inside: Tensor) -> Tensor:
    """A third of the subjects are so near that only a part of them is in focus: what lies behind it blurs, edges and all."""
    batch, size = len(cut), cut.shape[-1]
    near = torch.where(inside > 0, depth, -1e3).amax((2, 3), keepdim=True)
    plane = near - 0.4 * dice.uniform(batch, 1, 1, 1)
    strength = size * 0.02 * dice.uniform(batch, 1, 1, 1) * dice.flip(0.35, batch, 1, 1, 1)
    return defocused(cut, (strength * ((depth - plane).abs() - 0.15).clamp(0, 2)))


def _hair(dice: Dice, flow: Tensor, inside: Tensor, fur: Tensor) -> Tensor:
    """Streaks along the hair's lie, which bends outwards at the outline: (B, 1, S, S)."""
    out = F.normalize(_slope(-inside), dim=1)
    near = (-(inside / (fur + 0.02)).clamp(-1, 3).abs()).exp()
    hanging = flow * torch.where(flow[:, 1:] < 0, -1.0, 1.0)  # an axis has no sign; hair hangs
    down = constant((0.0, 0.3), flow.device)[None, :, None, None]
    lie = blurred(hanging * (1 - near) + out * near * 1.3 + down, flow.shape[-1] / 96)
    reach = fur.amax((1, 2, 3)).clamp(0.02, 0.1)
    return 0.6 * streaks(dice, lie, reach) + 0.6 * streaks(dice, lie, reach * 1.5, coarse=4)


def _slope(field: Tensor) -> Tensor:
    dx = F.pad(field[..., 1:] - field[..., :-1], (0, 1))
    dy = F.pad(field[..., 1:, :] - field[..., :-1, :], (0, 0, 0, 1))
    return torch.cat([dx, dy], 1)


def _edge(inside: Tensor, hair: Tensor, fur: Tensor, size: int) -> Tensor:
    pixel = 2 / size
    soft = pixel * 1.2 + 0.35 * fur
    return ((inside + fur * (0.7 * hair - 0.2)) / soft + 0.5).clamp(0, 1)


def _ruffled(normal: Tensor, hair: Tensor, fur: Tensor, grain: Tensor) -> Tensor:
    bump = _slope(hair) * (fur > 1e-4) * grain * 0.8
    return F.normalize(torch.cat([normal[:, :2] - bump, normal[:, 2:]], 1), dim=1)


def _openness(depth: Tensor, inside: Tensor) -> Tensor:
    """Darker where the surroundings stand nearer to the viewer: a cheap ambient occlusion, at two widths."""
    solid = (inside > 0).float()
    small = F.avg_pool2d(torch.cat([depth * solid, solid], 1), 4)
    total = torch.zeros_like(depth[:, :, ::4, ::4])
    for width in (1.5, 5.0):
        around = blurred(small, width)
        total = total + (around[:, :1] / around[:, 1:].clamp_min(0.05) - small[:, :1]).clamp(0, 0.4)
    shade = F.interpolate(total * (small[:, 1:] > 0.3), size=depth.shape[-2:], mode="bilinear")
    return (1 - 1.6 * shade).clamp(0.3, 1)


def _wrapped(dice: Dice, cloth: Tensor, point: Tensor, normal: Tensor) -> Tensor:
    """The texture laid over the surface, stretched where it turns away."""
    batch = len(cloth)
    scale = dice.uniform(batch, 1, 1, 1, low=0.4, high=1.8)
    place = (point[:, :2] - 0.25 * normal[:, :2]) * scale + dice.uniform(batch, 2, 1, 1)
    place = ((place + 1) % 4 - 2).abs() - 1
    return F.grid_sample(cloth, place.permute(0, 2, 3, 1), align_corners=False, padding_mode="reflection")
