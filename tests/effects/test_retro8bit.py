"""The early home computer against its literal reading, to the pixel."""

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.effects import palette
from gateway.effects.retro8bit import PET, Preset, Retro8bitParameters, draw
from gateway.pictures.picture import Pixels
from tests.effects.cutouts import anything, cutout, with_alpha
from tests.effects.literal import drawn, rows
from tests.effects.literal import retro8bit as literal

COLOURS: Final = [tuple(colour) for colour in PET.colours.tolist()]


def colours(pixels: Pixels) -> list[tuple[int, ...]]:
    """All that is visible."""
    return sorted({tuple(colour) for colour in pixels[pixels[..., 3] > 0][:, :3].tolist()})


@pytest.mark.parametrize("preset", ["speed", "balanced"])
@pytest.mark.parametrize(
    "place", [("chelsea", 90, 120, 61, 73), ("astronaut", 60, 180, 54, 48), ("coffee", 10, 400, 130, 32)], ids=str
)
def test_is_what_the_specification_says(place: tuple[str, int, int, int, int], preset: Preset) -> None:
    pixels = cutout(*place)
    assert np.array_equal(draw(pixels, Retro8bitParameters(preset)), drawn(pixels, literal.draw, preset, COLOURS))


@given(anything(), st.sampled_from(["speed", "balanced"]))
@settings(deadline=None)
def test_of_any_picture(pixels: Pixels, preset: Preset) -> None:
    assert np.array_equal(draw(pixels, Retro8bitParameters(preset)), drawn(pixels, literal.draw, preset, COLOURS))


def test_bands_leave_no_seam() -> None:
    pixels = cutout("chelsea", 0, 150, 300, 50)
    assert np.array_equal(draw(pixels, Retro8bitParameters()), drawn(pixels, literal.draw, "balanced", COLOURS))


def own_palette(pixels: Pixels) -> list[tuple[int, ...]]:
    """As docs/effects.md has it: from the means of the large blocks of which half or more is opaque."""
    means = literal.means(rows(pixels), 6)
    weights = [
        [int(pixels[y : y + 6, x : x + 6, 3].sum(dtype=int)) for x in range(0, pixels.shape[1], 6)]
        for y in range(0, len(pixels), 6)
    ]
    least = max(max(row) for row in weights) / 2
    opaque = [
        c for row, line in zip(means, weights, strict=True) for c, w in zip(row, line, strict=True) if c and w >= least
    ]
    sample = np.array(opaque or [(0, 0, 0)], np.uint8)
    return [tuple(colour) for colour in palette.of_picture(sample, 32, 8).colours.tolist()]


@pytest.mark.parametrize("place", [("chelsea", 90, 120, 121, 133), ("coffee", 10, 300, 130, 132)], ids=str)
def test_quality_mixes_colours_of_the_picture(place: tuple[str, int, int, int, int]) -> None:
    pixels = cutout(*place)
    found = draw(pixels, Retro8bitParameters("quality"))
    own = own_palette(pixels)
    assert len(own) == 32
    assert set(colours(found)) <= set(own)
    assert np.array_equal(found, drawn(pixels, literal.draw, "quality", own))


@given(anything(60))
@settings(deadline=None)
def test_quality_of_any_picture(pixels: Pixels) -> None:
    found = draw(pixels, Retro8bitParameters("quality"))
    assert np.array_equal(found, drawn(pixels, literal.draw, "quality", own_palette(pixels)))


def test_quality_is_nearer_to_the_picture() -> None:
    pixels = cutout("astronaut", 0, 0, 300, 300)
    blurred = {
        preset: np.abs(
            draw(pixels, Retro8bitParameters(preset)).reshape(25, 12, 25, 12, 4).mean((1, 3))
            - pixels.reshape(25, 12, 25, 12, 4).mean((1, 3))
        ).mean()
        for preset in ("balanced", "quality")
    }
    assert blurred["quality"] < 0.5 * blurred["balanced"]


def test_blocks_are_of_one_colour() -> None:
    pixels = with_alpha(cutout("chelsea", 90, 120, 60, 72)[..., :3], np.full((60, 72), 255, np.uint8))
    blocks = draw(pixels, Retro8bitParameters()).reshape(20, 3, 24, 3, 4)
    assert not np.ptp(blocks, axis=(1, 3)).any()
    assert set(colours(blocks.reshape(60, 72, 4))) <= set(COLOURS)


def test_the_palette_is_as_the_specification_counts_it() -> None:
    assert len(set(COLOURS)) == 32
    assert sum(len(set(colour)) == 1 for colour in COLOURS) == 10
