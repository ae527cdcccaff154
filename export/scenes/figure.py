"""A subject: its solids, what they are made of, and what a close-up of it shows."""

from dataclasses import dataclass

import torch
from torch import Tensor

from export.scenes.solids import Solids, filled


@dataclass(frozen=True)
class Material:
    """What one kind of part is made of, in B scenes.

    Attributes:
        base, second: colours (B, 3), mixed by the scene's pattern.
        mix: how far the pattern mixes them, (B,) or a number; so are the others.
        fur: length of the hair in frame units of a full figure.
        gloss: strength of the highlight.
        cloth: how far a texture from the bank covers it.
        grain: contrast of streaks and flecks.
    """

    base: Tensor
    second: Tensor
    mix: Tensor | float = 0.0
    fur: Tensor | float = 0.0
    gloss: Tensor | float = 0.0
    cloth: Tensor | float = 0.0
    grain: Tensor | float = 0.1


TRAITS = ("mix", "fur", "gloss", "cloth", "grain")


def plain(colour: Tensor, **traits: Tensor | float) -> Material:
    return Material(colour, colour, **traits)


def table(materials: list[Material]) -> Tensor:
    """(B, M, 11): base, second and the traits in the order of TRAITS."""
    rows = []
    for m in materials:
        traits = torch.stack([filled(getattr(m, trait), m.base) for trait in TRAITS], 1)
        rows.append(torch.cat([m.base, m.second, traits], 1))
    return torch.stack(rows, 1)


@dataclass(frozen=True)
class Figure:
    """B subjects of one kind.

    Attributes:
        solids: in units of the figure, which is about 2 high or wide.
        materials: (B, M, 11), as `table` gives it.
        focus: (B, 3), where a close-up looks.
        reach: (B,), radius of what a close-up shows.
        close: share of close-ups.
        standing: whether the lower edge of the frame may cut it as a portrait.
    """

    solids: Solids
    materials: Tensor
    focus: Tensor
    reach: Tensor
    close: float = 0.3
    standing: bool = False
