"""Draws solids into buffers of depth, normal, outline and material, seen along z.

An ellipsoid's image is the ellipse of its covariance projected, its depth a square root above a plane (Sigg et al.,
"GPU-Based Ray-Casting of Quadratic Surfaces", 2006). Depth and normal of overlapping solids are mixed with weights that
grow exponentially towards the viewer, so that bodies melt at their joints instead of intersecting.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes.constants import rows
from export.scenes.solids import Solids

MELTS = 120
"""A depth difference of this share of the whole scene's makes a weight e times as large."""
OUTLINE_MELT = 0.008
RIM = 12.0
"""How fast a solid recedes outside its own outline: what lies there belongs to the nearest solid."""
CHUNK = 8


@dataclass(frozen=True)
class Surface:
    """What the eye meets, each (B, C, S, S).

    Attributes:
        depth: z, C = 1.
        normal: unit, C = 3.
        inside: signed distance to the outline in frame units, positive inside, C = 1.
        solid: int64 index of the solid, C = 1.
        flow: the solid's long axis on the picture, C = 2.
    """

    depth: Tensor
    normal: Tensor
    inside: Tensor
    solid: Tensor
    flow: Tensor


def grid(size: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """x and y of the pixel centres, (S, S) each, -1 … 1."""
    axis = (torch.arange(size, device=like.device, dtype=torch.float32) + 0.5) / size * 2 - 1
    return axis[None, :].expand(size, size), axis[:, None].expand(size, size)


def drawn(solids: Solids, size: int) -> Surface:
    """The surface of each scene, at size × size."""
    x, y = grid(size, solids.centre)
    batch = len(solids.centre)
    total = x.new_zeros(batch, 5, size, size)
    outline = x.new_zeros(batch, size, size)
    nearest = x.new_full((batch, size, size), -1e9)
    index = torch.zeros(batch, size, size, dtype=torch.int64, device=x.device)
    middle, melt = _depth_scale(solids)
    for kind, cast in ((False, _ellipsoids), (True, _boxes)):
        for ids in _chunks([k for k, box in enumerate(solids.box) if box == kind], x.device):
            z, slopes, inside = cast(solids.centre[:, ids], solids.axes[:, ids], x, y)
            key = z + RIM * inside.clamp_max(0)
            weight = ((key - middle) / melt).clamp(-80, 70).exp()
            total[:, 0] += weight.sum(1)
            total[:, 1] += (weight * z).sum(1)
            for axis in range(3):
                total[:, 2 + axis] += (weight * slopes[axis]).sum(1)
            outline += (inside / OUTLINE_MELT).clamp(-80, 60).exp().sum(1)
            best, which = key.max(1)
            index = torch.where(best > nearest, ids[which], index)
            nearest = torch.maximum(nearest, best)
    mean = total[:, 1:] / total[:, :1]  # before anything is squared: the sums reach 1e30
    normal = F.normalize(mean[:, 1:], dim=1)
    inside = OUTLINE_MELT * (outline + 1e-38).log()
    return Surface(mean[:, :1], normal, inside[:, None], index[:, None], _flow(solids, index))


def _chunks(chosen: list[int], device: torch.device) -> list[Tensor]:
    return [rows(tuple(chosen[i : i + CHUNK]), device) for i in range(0, len(chosen), CHUNK)]


def _depth_scale(solids: Solids) -> tuple[Tensor, Tensor]:
    """The middle of the scene's depths and what counts as a small difference of them, (B, 1, 1, 1) each."""
    reach = solids.axes.norm(dim=-1)[..., 2]
    near, far = (solids.centre[..., 2] + reach).amax(1), (solids.centre[..., 2] - reach).amin(1)
    middle, melt = 0.5 * (near + far), (near - far).clamp_min(1e-3) / MELTS
    return middle[:, None, None, None], melt[:, None, None, None]


def _ellipsoids(centre: Tensor, axes: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
    """Depth, normal and signed distance to the outline of k ellipsoids, each (B, k, S, S)."""
    c = axes @ axes.transpose(-1, -2)
    xx, xy, yy = c[..., 0, 0] + 1e-7, c[..., 0, 1], c[..., 1, 1] + 1e-7
    det = (xx * yy - xy * xy).clamp_min(1e-12)
    a, b, d = (v[..., None, None] for v in (yy / det, -xy / det, xx / det))
    zx, zy = c[..., 2, 0, None, None], c[..., 2, 1, None, None]
    mx, my = zx * a + zy * b, zx * b + zy * d
    depth = (c[..., 2, 2, None, None] - mx * zx - my * zy).clamp_min(1e-10).sqrt()
    dx, dy = x - centre[..., 0, None, None], y - centre[..., 1, None, None]
    sx, sy = a * dx + b * dy, b * dx + d * dy
    s = (dx * sx + dy * sy).clamp_min(1e-6)
    root = (1 - s).clamp_min(0).sqrt()
    z = centre[..., 2, None, None] + mx * dx + my * dy + depth * root
    away = (dx * dx + dy * dy).sqrt() * (s.rsqrt() - 1)
    return z, (depth * sx - mx * root, depth * sy - my * root, root), away


def _boxes(centre: Tensor, axes: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
    """The same of boxes: the slab test along z (Kay and Kajiya 1986)."""
    square = (axes * axes).sum(-2).clamp_min(1e-12)
    slope = (axes / square[..., None, :])[..., None, None]  # rows x, y, z of the inverse, one column an axis
    dx, dy = x - centre[..., 0, None, None], y - centre[..., 1, None, None]
    enter, leave = torch.full_like(dx, -1e4), torch.full_like(dx, 1e4)
    normal = [torch.zeros_like(dx) for _ in range(3)]
    for i in range(3):
        start = slope[..., 0, i, :, :] * dx + slope[..., 1, i, :, :] * dy
        rate = slope[..., 2, i, :, :]
        rate = torch.where(rate.abs() < 1e-4, 1e-4, rate)
        front, back = (-start + rate.sign()) / rate, (-start - rate.sign()) / rate
        nearer = front < leave
        for axis in range(3):
            face = slope[..., axis, i, :, :] * rate.sign()
            normal[axis] = torch.where(nearer, face, normal[axis])
        leave, enter = torch.minimum(leave, front), torch.maximum(enter, back)
    length = (normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2).clamp_min(1e-12).rsqrt()
    chord = leave - enter
    inside = torch.where(chord > 0, chord.clamp_max(0.3) * 0.3, chord.clamp_min(-3) * 0.3)
    z = centre[..., 2, None, None] + torch.where(chord > 0, leave, 0.5 * (leave + enter).clamp(-1, 1))
    return z, tuple(n * length for n in normal), inside


def _flow(solids: Solids, index: Tensor) -> Tensor:
    """The longest axis of each pixel's solid, on the picture, as far as it is longer than the others: (B, 2, S, S)."""
    length = solids.axes.norm(dim=-2)
    longest = length.argmax(-1)[..., None, None].expand(-1, -1, 3, 1)
    ranked = length.sort(-1, descending=True).values
    drawn_out = (ranked[..., :1] / ranked[..., 1:2].clamp_min(1e-6) - 1).clamp(0, 1)
    axis = solids.axes.gather(-1, longest)[..., :2, 0] / ranked[..., :1].clamp_min(1e-6) * drawn_out
    return per_pixel(axis, index)


def per_pixel(table: Tensor, index: Tensor) -> Tensor:
    """Rows of the table (B, N, C) by the index (B, S, S): (B, C, S, S)."""
    batch, height, width = index.shape
    rows = index.reshape(batch, -1, 1).expand(-1, -1, table.shape[-1])
    return table.gather(1, rows).transpose(1, 2).reshape(batch, -1, height, width)
