"""Few colours in large pixels, as on an early home computer."""

from typing import Annotated, Final, Literal

import cv2
import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from gateway.effects import palette
from gateway.effects.bands import bands
from gateway.effects.diffusion import Errors, diffuse, widened
from gateway.effects.effect import Effect
from gateway.effects.grey import grey
from gateway.effects.palette import Palette
from gateway.pictures.compose import cut_out
from gateway.pictures.picture import Pixels

Preset = Literal["speed", "balanced", "quality"]
Sums = NDArray[np.float32]

PET: Final = Palette(
    np.array(
        [
            # ten greys
            (0, 0, 0), (28, 28, 28), (57, 57, 57), (85, 85, 85), (113, 113, 113),
            (142, 142, 142), (170, 170, 170), (198, 198, 198), (227, 227, 227), (255, 255, 255),
            # nine browns
            (44, 24, 16), (72, 40, 24), (101, 60, 34), (128, 80, 44), (156, 102, 58),
            (160, 122, 104), (184, 130, 82), (214, 168, 120), (238, 208, 164),
            # pinks, creams, saddle browns
            (240, 170, 175), (190, 154, 140), (255, 239, 213), (232, 206, 188), (139, 69, 19), (164, 44, 24), (212, 88, 44),
            # eyes
            (255, 176, 32), (134, 118, 50), (72, 104, 180), (160, 204, 232),
            # greens
            (58, 100, 50), (120, 140, 76),
        ],
        np.uint8,
    )
)  # fmt: skip
"""The 32 colours of the presets speed and balanced."""

BLOCK: Final = 6
"""Side of a pixel drawn, in pixels; half of it where there are edges."""
_HALF: Final = BLOCK // 2
_BAND: Final = 16 * BLOCK
_EDGE: Final = 40
_SEED: Final = 8
_SAMPLE: Final = 16384
_GIVEN_ON: Final = 0.75  # of an error, as Atkinson's dithering did: all of it would speckle a face with far-off colours


class Retro8bitParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of `retro8bit`."""

    preset: Annotated[
        Preset, Meta(description="speed: no large pixels; quality: colours from the picture, mixed by error diffusion")
    ] = "balanced"


def draw(pixels: Pixels, values: Retro8bitParameters) -> Pixels:
    """Means of blocks, then nearest colours: docs/effects.md gives the palette and each step."""
    drawn = _mapped(pixels) if values.preset == "speed" else _blocks(pixels, values.preset)
    cut_out(drawn, np.ascontiguousarray(pixels[..., 3]))
    return drawn


def _mapped(pixels: Pixels) -> Pixels:
    drawn = np.empty_like(pixels)
    for rows, read, _ in bands(len(pixels)):
        colours = pixels[read][..., :3]
        drawn[rows, :, :3] = PET.mapped(colours.reshape(-1, 3)).reshape(colours.shape)
    return drawn


def _blocks(pixels: Pixels, preset: Preset) -> Pixels:
    small, edge = _reduced(pixels)
    large = small[0::2, 0::2] + small[0::2, 1::2] + small[1::2, 0::2] + small[1::2, 1::2]
    lattices = [_mean(sums) for sums in (small, large)]
    if preset == "quality":
        own = palette.of_picture(_opaque(large), len(PET.colours), _SEED)
        fine, coarse = (_diffused(lattice, own) for lattice in lattices)
    else:
        fine, coarse = (_nearest(lattice) for lattice in lattices)
    chosen = np.where(edge[..., None], fine, coarse.repeat(2, axis=0).repeat(2, axis=1))
    height, width = pixels.shape[:2]
    enlarged = cv2.resize(chosen, None, fx=_HALF, fy=_HALF, interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(enlarged[:height, :width])


def _reduced(pixels: Pixels) -> tuple[Sums, NDArray[np.bool_]]:
    """By blocks of _HALF: sums of R, G, B weighted by alpha and of alpha, and whether there is an edge.

    As many as fill whole blocks of BLOCK; beyond the picture nothing is visible.
    """
    height, width = (-(-side // BLOCK) * 2 for side in pixels.shape[:2])
    sums, edge = np.empty((height, width, 4), np.float32), np.empty((height, width), np.bool_)
    for rows, read, inner in bands(len(pixels), 2, _BAND):
        places = slice(rows.start // _HALF, rows.start // _HALF + -(-(rows.stop - rows.start) // BLOCK) * 2)
        sums[places] = _sums(pixels[rows])
        edge[places] = _any(_edges(pixels[read])[inner])
    return sums, edge


def _filled(pixels: Pixels) -> Pixels:
    """With zeros, to whole blocks."""
    below, right = (-side % BLOCK for side in pixels.shape[:2])
    return np.asarray(cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_CONSTANT), np.uint8)


def _sums(pixels: Pixels) -> Sums:
    weighted = _filled(pixels).astype(np.float32)
    weighted[..., :3] *= weighted[..., 3:]
    means = cv2.resize(weighted, None, fx=1 / _HALF, fy=1 / _HALF, interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(means * _HALF**2), np.float32)


def _edges(pixels: Pixels) -> Pixels:
    """Not 0 where Sobel's gradient is steeper than _EDGE, and beside such pixels: uint8 (H, W)."""
    luma = grey(pixels)
    across, down = (cv2.Sobel(luma, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
    steep = (across * across + down * down > _EDGE**2).view(np.uint8)
    return np.asarray(cv2.dilate(steep, np.ones((3, 3), np.uint8)), np.uint8)


def _any(found: Pixels) -> Pixels:
    """Whether anything is found, by blocks of _HALF."""
    whole = _filled(found)
    rows = whole[0::_HALF] | whole[1::_HALF] | whole[2::_HALF]
    return np.asarray(rows[:, 0::_HALF] | rows[:, 1::_HALF] | rows[:, 2::_HALF], np.uint8)


def _mean(sums: Sums) -> Pixels:
    """Means, rounded half up, and 1 where anything is visible: uint8 (…, 4)."""
    weight = sums[..., 3:]
    means = np.floor((2.0 * sums[..., :3] + weight) / np.maximum(2.0 * weight, 1))
    return np.concatenate([means, weight > 0], axis=-1).astype(np.uint8)


def _opaque(sums: Sums) -> Pixels:
    """The colours, uint8 (M, 3), of at most _SAMPLE blocks that are opaque for the most part; black where there are none."""
    found = sums[sums[..., 3] >= sums[..., 3].max(initial=1) / 2]
    return _mean(found[:: -(-len(found) // _SAMPLE)])[:, :3] if len(found) else np.zeros((1, 3), np.uint8)


def _nearest(lattice: Pixels) -> Pixels:
    return np.dstack([PET.mapped(lattice[..., :3].reshape(-1, 3)).reshape(*lattice.shape[:2], 3), lattice[..., 3]])


def _diffused(lattice: Pixels, own: Palette) -> Pixels:
    """Colours of `own`, the errors diffused; what is not visible takes none and gives none."""
    height, width = lattice.shape[:2]
    given = widened(lattice).reshape(-1, 4)
    drawn = np.zeros_like(given)

    def quantise(front: slice, come: Errors) -> Errors:
        wanted = np.clip(given[front, :3] + come, 0, 255)
        chosen = own.colours[own.nearest(np.floor(wanted + 0.5).astype(np.float32))]
        drawn[front, :3] = chosen
        return _GIVEN_ON * (wanted - chosen) * given[front, 3:]

    diffuse(height, width, max(width, 3), 3, quantise)
    return drawn.reshape(height, -1, 4)[:, :width]


RETRO8BIT: Final = Effect(
    "retro8bit",
    "Thirty-two colours in large pixels, as on an early home computer.",
    draw,
    Retro8bitParameters,
)
