"""Effects: one pure function a file, and the table of them."""

from typing import Final

from gateway.effects.color import COLOR
from gateway.effects.dithering import DITHERING
from gateway.effects.effect import Drawing, Effect
from gateway.effects.enhancedblackwhite import ENHANCEDBLACKWHITE
from gateway.effects.mosaic import MOSAIC
from gateway.effects.popart import POPART
from gateway.effects.retro8bit import RETRO8BIT
from gateway.effects.watercolor import WATERCOLOR

EFFECTS: Final = {
    effect.name: effect for effect in (COLOR, ENHANCEDBLACKWHITE, DITHERING, POPART, RETRO8BIT, WATERCOLOR, MOSAIC)
}
"""By name, in the order in which they are offered."""

NAMED: Final = {name: effect for effect in EFFECTS.values() for name in (effect.name, *effect.aliases)}
"""By name and by every alias."""

PLAIN: Final = Drawing(COLOR, COLOR.parameters())

__all__ = ["EFFECTS", "NAMED", "PLAIN", "Drawing", "Effect"]
