"""What an effect is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.pictures.picture import Pixels


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of an effect that has none."""


@dataclass(frozen=True)
class Effect:
    """One way to draw a cut-out.

    `draw` is pure: uint8 RGBA (H, W, 4) with straight alpha and a value of `parameters` in, the same size and alpha out, RGB
    0 where alpha is 0. It leaves what it is given as it is, and may return it.
    """

    name: str
    description: str
    draw: Callable[[Pixels, Any], Pixels]
    parameters: type[msgspec.Struct] = NoParameters
    aliases: tuple[str, ...] = ()
    revision: int = 1
    """Raised when the same picture and values give other bytes: results that are kept are then drawn anew."""


@dataclass(frozen=True)
class Drawing:
    """An effect with the values of its parameters."""

    effect: Effect
    values: msgspec.Struct

    def draw(self, pixels: Pixels) -> Pixels:
        """See Effect.draw."""
        return self.effect.draw(pixels, self.values)
