"""Effects: one pure function a file, and the table of them."""

from typing import Final

from gateway.effects.color import COLOR
from gateway.effects.effect import Drawing, Effect

EFFECTS: Final = {effect.name: effect for effect in (COLOR,)}
"""By name, in the order in which they are offered."""

NAMED: Final = {name: effect for effect in EFFECTS.values() for name in (effect.name, *effect.aliases)}
"""By name and by every alias."""

PLAIN: Final = Drawing(COLOR, COLOR.parameters())

__all__ = ["EFFECTS", "NAMED", "PLAIN", "Drawing", "Effect"]
