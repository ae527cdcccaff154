"""Solid shapes as batches of ellipsoids and boxes, and the ways to build bodies of them.

Space is right-handed for the eye: x to the right, y down, z towards the viewer. The frame is -1 … 1 in x and y.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from export.scenes.constants import constant


@dataclass(frozen=True)
class Solids:
    """B scenes of K solids each.

    Attributes:
        centre: (B, K, 3).
        axes: (B, K, 3, 3), the columns are the three semi-axes.
        material: K rows of the scene's table of materials.
        box: K times whether it is a box with these half-edges instead of an ellipsoid.
    """

    centre: Tensor
    axes: Tensor
    material: tuple[int, ...]
    box: tuple[bool, ...]

    def moved(self, matrix: Tensor, shift: Tensor) -> "Solids":
        """Through the linear map (B, 3, 3), then the shift (B, 3)."""
        centre = self.centre @ matrix.transpose(1, 2) + shift[:, None]
        return replace(self, centre=centre, axes=matrix[:, None] @ self.axes)

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Least and largest x, y of each scene, (B, 2) each; hidden solids, of size zero, do not count."""
        reach = (
            self.axes.norm(dim=-1)[..., :2]
            * constant(tuple(1.3 if box else 1.0 for box in self.box), self.centre.device)[None, :, None]
        )
        hidden = (reach.amax(-1, keepdim=True) < 1e-3) * 1e3
        low, high = self.centre[..., :2] - reach + hidden, self.centre[..., :2] + reach - hidden
        return low.amin(1), high.amax(1)


def joined(*groups: Solids) -> Solids:
    return Solids(
        torch.cat([g.centre for g in groups], 1),
        torch.cat([g.axes for g in groups], 1),
        tuple(m for g in groups for m in g.material),
        tuple(b for g in groups for b in g.box),
    )


def ellipsoid(centre: Tensor, radii: Tensor, material: int, turn: Tensor | None = None, box: bool = False) -> Solids:
    """One solid a scene: centre and radii (B, 3), and its rotation (B, 3, 3)."""
    axes = torch.diag_embed(radii) if turn is None else turn @ torch.diag_embed(radii)
    return Solids(centre[:, None], axes[:, None], (material,), (box,))


def ball(centre: Tensor, radius: Tensor, material: int) -> Solids:
    """A sphere: centre (B, 3), radius (B,)."""
    return ellipsoid(centre, radius[:, None].expand(-1, 3), material)


def tube(points: Sequence[Tensor], radii: Sequence[Tensor], material: int, count: int) -> Solids:
    """A limb: `count` balls along the smooth path through the points (B, 3), of radii (B,) in between, stretched along it."""
    path, thick = torch.stack(list(points), 1), torch.stack(list(radii), 1)[..., None]
    line = _sampled(torch.cat([path, thick], -1), count)
    centre, radius = line[..., :3], line[..., 3].clamp_min(1e-4)
    along = torch.cat([line[:, 1:, :3], line[:, -1:, :3]], 1) - torch.cat([line[:, :1, :3], line[:, :-1, :3]], 1)
    axes = _stretched(along, radius)
    return Solids(centre, axes, (material,) * count, (False,) * count)


def _sampled(path: Tensor, count: int) -> Tensor:
    """A Catmull-Rom spline through (B, P, C) at `count` even parameters: (B, count, C)."""
    padded = torch.cat([2 * path[:, :1] - path[:, 1:2], path, 2 * path[:, -1:] - path[:, -2:-1]], 1)
    t = torch.linspace(0, path.shape[1] - 1 - 1e-4, count, device=path.device)
    i = t.long()
    f = (t - i)[None, :, None]
    p0, p1, p2, p3 = (padded[:, i + k] for k in range(4))
    value: Tensor = 0.5 * (
        2 * p1 + (p2 - p0) * f + (2 * p0 - 5 * p1 + 4 * p2 - p3) * f**2 + (3 * p1 - p0 - 3 * p2 + p3) * f**3
    )
    return value


def _stretched(along: Tensor, radius: Tensor) -> Tensor:
    """Round semi-axes (B, K, 3, 3), drawn out along the path so that neighbours melt into each other."""
    length = along.norm(dim=-1, keepdim=True).clamp_min(1e-5)
    unit = along / length
    longer = (0.6 * length[..., 0]).clamp_min(0).minimum(radius * 8) + 0.4 * radius
    extra = (longer.maximum(radius) - radius)[..., None, None]
    eye = torch.eye(3, device=along.device)
    axes: Tensor = eye * radius[..., None, None] + extra * unit[..., :, None] * unit[..., None, :]
    return axes


def filled(value: Tensor | float, like: Tensor) -> Tensor:
    """(B,) from a number or from what is (B,) already; `like` has B rows. A fill, not a copy to the device."""
    if isinstance(value, Tensor):
        return value
    return torch.full((len(like),), float(value), device=like.device)


def rotation(yaw: Tensor, pitch: Tensor, roll: Tensor) -> Tensor:
    """About y, then x, then z, each (B,) in radians: (B, 3, 3). A positive pitch shows more of the upper side."""
    return _about(roll, 0, 1) @ _about(-pitch, 1, 2) @ _about(yaw, 0, 2)


def _about(angle: Tensor, i: int, j: int) -> Tensor:
    turn = torch.eye(3, device=angle.device).repeat(len(angle), 1, 1)
    turn[:, i, i] = turn[:, j, j] = angle.cos()
    turn[:, i, j], turn[:, j, i] = -angle.sin(), angle.sin()
    return turn


def vector(x: Tensor | float, y: Tensor | float, z: Tensor | float, like: Tensor) -> Tensor:
    """(B, 3) from parts that are numbers or (B,)."""
    return torch.stack([filled(v, like) for v in (x, y, z)], 1)


def perspective(solids: Solids, strength: Tensor) -> Solids:
    """What is nearer is larger: each solid by 1 / (1 - strength · z), strength (B,)."""
    scale = 1 / (1 - strength[:, None] * solids.centre[..., 2]).clamp_min(0.35)
    flat = solids.centre * torch.stack([scale, scale, torch.ones_like(scale)], -1)
    return replace(solids, centre=flat, axes=solids.axes * scale[..., None, None])


TAU = 2 * math.pi
