"""The subject as it is."""

from gateway.effects.effect import Effect, NoParameters
from gateway.pictures.picture import Pixels


def draw(pixels: Pixels, values: NoParameters) -> Pixels:
    """`pixels` themselves."""
    return pixels


COLOR = Effect("color", "The subject in its own colours, the background gone.", draw)
