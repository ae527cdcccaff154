"""Puts cut-outs on grounds: placed anew, shadowed, out of focus where they are far, among things that are no subject."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from export.scenes.camera import taken
from export.scenes.dice import Dice
from export.scenes.lens import defocused
from export.scenes.noise import blurred

TOUCH = 0.2
"""Mean opacity along a side of the frame, from which on the frame is said to cut the subject there."""


@dataclass(frozen=True)
class Chances:
    """How often what happens: 0 … 1, for all pictures or for each (B,).

    Attributes:
        own: the subject stays before the ground it was drawn with.
        camouflage: the ground takes on the subject's colour.
        empty: there is no subject.
        distractor: a small or blurred figure lies about.
        second: there are two subjects.
        blur: the ground is out of focus; `far` is the largest blur as a share of the side.
    """

    own: float | Tensor = 0.4
    camouflage: float | Tensor = 0.0
    empty: float | Tensor = 0.06
    distractor: float | Tensor = 0.35
    second: float | Tensor = 0.1
    blur: float | Tensor = 0.65
    far: float = 0.04


EASY = Chances(distractor=0.1, second=0.0, blur=0.85)
HARD = Chances(camouflage=0.25, blur=0.5)


def either(hard: Tensor) -> Chances:
    """The chances of hard pictures where `hard` (B,) is true, and of easy ones elsewhere."""
    return replace(
        HARD,
        camouflage=torch.where(hard, HARD.camouflage, EASY.camouflage),
        distractor=torch.where(hard, HARD.distractor, EASY.distractor),
        second=torch.where(hard, HARD.second, EASY.second),
        blur=torch.where(hard, HARD.blur, EASY.blur),
    )


def composed(dice: Dice, figures: Tensor, grounds: Tensor, size: int, chances: Chances) -> tuple[Tensor, Tensor]:
    """Pictures (B, 3, S, S) and alphas (B, 1, S, S) in 0..1.

    Args:
        figures: premultiplied RGBA (B, 4, P, P).
        grounds: RGB and distance (B, 4, P, P), each the figure's own; P at least S.
    """
    batch = len(figures)
    if figures.shape[-1] >= 2 * size:
        figures, grounds = F.avg_pool2d(figures, 2), F.avg_pool2d(grounds, 2)
    own = dice.flip(chances.own, batch)[:, None, None] > 0
    place = _placed(dice, figures)
    figure = _moved(figures, place, size, "zeros") * (1 - dice.flip(chances.empty, batch)[:, None, None, None])
    order = dice.order(batch)
    chosen = torch.where(own[..., None], grounds, grounds[order])
    ground = _moved(chosen, torch.where(own, place, _anywhere(dice, batch)), size, "reflection")
    ground = _camouflaged(dice, figure, ground, chances.camouflage)
    scene = _with_distractor(dice, figure, figures[dice.order(batch)], ground, chances.distractor)
    image = _behind(dice, scene, figure[:, 3:], chances)
    figure = _with_second(dice, figure, figures[dice.order(batch)], chances.second)
    figure = _focused(dice, figure)
    colour = (
        figure[:, :3] * (1 + dice.normal(batch, 1, 1, 1, scale=0.1)) * (1 + dice.normal(batch, 3, 1, 1, scale=0.03))
    )
    image = colour + (1 - figure[:, 3:]) * image
    return taken(dice, image), figure[:, 3:].clamp(0, 1)


def _placed(dice: Dice, figures: Tensor) -> Tensor:
    """Affine maps (B, 2, 3) from the new frame to the old; a side at which the frame cuts the subject stays outside."""
    batch = len(figures)
    alpha = figures[:, 3]
    sides = torch.stack([alpha[:, :, 0], alpha[:, :, -1], alpha[:, 0], alpha[:, -1]], 1).amax(-1) > TOUCH
    cut = sides.any(1)
    scale = torch.where(cut, dice.uniform(batch, low=0.7, high=1), dice.uniform(batch, low=0.75, high=1.25))
    angle = dice.normal(batch, scale=0.15) * ~cut
    room = torch.where(cut, 1 - scale, torch.full_like(scale, 0.25))[:, None]
    return _affine(dice, scale, angle, dice.uniform(batch, 2, low=-1, high=1) * room)


def _anywhere(dice: Dice, batch: int) -> Tensor:
    scale = dice.uniform(batch, low=0.55, high=1)
    return _affine(
        dice, scale, dice.normal(batch, scale=0.06), dice.uniform(batch, 2, low=-1, high=1) * (1 - scale)[:, None]
    )


def _affine(dice: Dice, scale: Tensor, angle: Tensor, shift: Tensor) -> Tensor:
    flip = dice.sign(len(scale))
    aspect = dice.normal(len(scale), scale=0.08).exp()  # the served network sees any photograph squeezed into a square
    wide, tall = scale * aspect.clamp(0.8, 1.0), scale / aspect.clamp(1.0, 1.25)
    c, s = angle.cos(), angle.sin()
    return torch.stack(
        [
            torch.stack([wide * c * flip, -tall * s, shift[:, 0]], 1),
            torch.stack([wide * s * flip, tall * c, shift[:, 1]], 1),
        ],
        1,
    )


def _moved(image: Tensor, place: Tensor, size: int, outside: str) -> Tensor:
    grid = F.affine_grid(place, [len(image), 1, size, size], align_corners=False)
    return F.grid_sample(image, grid, padding_mode=outside, align_corners=False)


def _camouflaged(dice: Dice, figure: Tensor, ground: Tensor, chance: float | Tensor) -> Tensor:
    """The ground, where chance will, with its mean colour moved most of the way to the subject's."""
    batch = len(figure)
    own = figure[:, :3].mean((2, 3), keepdim=True) / figure[:, 3:].mean((2, 3), keepdim=True).clamp_min(1e-3)
    gain = ((own + 0.05) / (ground[:, :3].mean((2, 3), keepdim=True) + 0.05)).clamp(0.3, 3)
    how = dice.flip(chance, batch, 1, 1, 1) * dice.uniform(batch, 1, 1, 1, low=0.5, high=1)
    return torch.cat([ground[:, :3] * gain**how, ground[:, 3:]], 1)


def _with_distractor(dice: Dice, figure: Tensor, others: Tensor, ground: Tensor, chance: float | Tensor) -> Tensor:
    """The ground with another figure on it: small and at a side, or larger and so far away that the lens will blur it."""
    batch, size = len(figure), figure.shape[-1]
    far = dice.flip(0.35, batch)
    scale = torch.where(far > 0, dice.uniform(batch, low=1.2, high=2.5), dice.uniform(batch, low=2.5, high=6))
    aside = dice.uniform(batch, 2, low=0.55, high=1.0) * dice.sign(batch, 2)
    other = _moved(others, _affine(dice, scale, dice.normal(batch, scale=0.2), -aside * scale[:, None]), size, "zeros")
    subject, its = figure[:, 3].mean((1, 2)), other[:, 3].mean((1, 2))
    small = (its < 0.25 * subject) | ((far > 0) & (its < 0.8 * subject))
    there = (dice.flip(chance, batch) * small)[:, None, None, None]
    alpha = other[:, 3:] * there
    colour = other[:, :3] * there + (1 - alpha) * ground[:, :3]
    distance = torch.where((alpha > 0.5) & (far[:, None, None, None] > 0), 1.0, ground[:, 3:])
    return torch.cat([colour, distance], 1)


def _behind(dice: Dice, scene: Tensor, alpha: Tensor, chances: Chances) -> Tensor:
    """The scene with the subject's shadow on it, as the lens shows it: (B, 3, S, S)."""
    batch, size = len(scene), scene.shape[-1]
    image = scene[:, :3] * _shadow(dice, alpha)
    wide = size * chances.far * dice.uniform(batch, 1, 1, 1) ** 1.5 * dice.flip(chances.blur, batch, 1, 1, 1)
    depth = scene[:, 3:] + 0.3 * dice.uniform(batch, 1, 1, 1)
    return defocused(image, wide * depth + 0.4)


def _shadow(dice: Dice, alpha: Tensor) -> Tensor:
    """What light is left (B, 1, S, S) where the subject stands close before the ground or on it."""
    batch, size = len(alpha), alpha.shape[-1]
    small = F.avg_pool2d(alpha, 8)
    rows = torch.linspace(-1, 1, small.shape[-1], device=alpha.device)[None, :]
    foot = torch.where(small[:, 0].amax(2) > 0.3, rows, -1.0).amax(1)
    flat = torch.where(dice.uniform(batch) < 0.6, dice.uniform(batch, low=2.5, high=7), torch.ones_like(foot))
    slide = dice.normal(batch, scale=0.5)
    zero, one = torch.zeros_like(foot), torch.ones_like(foot)
    shift = dice.normal(batch, scale=0.12)
    place = torch.stack(
        [
            torch.stack([one, slide * flat, -slide * flat * foot + shift], 1),
            torch.stack([zero, flat, foot * (1 - flat) - 0.03], 1),
        ],
        1,
    )
    cast = _moved(small, place, small.shape[-1], "zeros")
    cast = torch.where(dice.flip(0.5, batch, 1, 1, 1) > 0, blurred(cast, 1.0), blurred(cast, 3.0))
    cast = F.interpolate(cast, size=(size, size), mode="bilinear")
    return 1 - dice.flip(0.7, batch, 1, 1, 1) * dice.uniform(batch, 1, 1, 1, low=0.1, high=0.75) * cast


def _with_second(dice: Dice, figure: Tensor, others: Tensor, chance: float | Tensor) -> Tensor:
    """A second subject beside or behind the first, where the first is alone."""
    batch, size = len(figure), figure.shape[-1]
    there = dice.flip(chance, batch)[:, None, None, None] * (figure[:, 3:].mean((2, 3), keepdim=True) > 0.02)
    other = _moved(others, _placed(dice, others), size, "zeros") * there
    in_front = dice.flip(0.5, batch)[:, None, None, None]
    top, under = figure * in_front + other * (1 - in_front), other * in_front + figure * (1 - in_front)
    return top + under * (1 - top[:, 3:])


def _focused(dice: Dice, figure: Tensor) -> Tensor:
    """One in six subjects is a little out of focus or moved, alpha and all."""
    batch, size = len(figure), figure.shape[-1]
    sigma = size * 0.008 * dice.uniform(batch, 1, 1, 1) * dice.flip(0.17, batch, 1, 1, 1)
    return defocused(figure, sigma + 0.25)
