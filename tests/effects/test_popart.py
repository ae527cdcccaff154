"""The silk screen against its literal reading, to the pixel."""

from itertools import product
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings

from gateway.effects.effect import NoParameters
from gateway.effects.popart import LEVELS, draw, poster_colour
from gateway.pictures.picture import Pixels
from tests.effects.cutouts import anything, cutout
from tests.effects.literal import drawn
from tests.effects.literal import popart as literal

NOTHING: Final = NoParameters()


@pytest.mark.parametrize("name", ["chelsea", "astronaut", "coffee"])
def test_is_what_the_specification_says(name: str) -> None:
    pixels = cutout(name, 20, 100, 160, 150)
    assert np.array_equal(draw(pixels, NOTHING), drawn(pixels, literal.draw))


@given(anything())
@settings(deadline=None)
def test_of_any_picture(pixels: Pixels) -> None:
    assert np.array_equal(draw(pixels, NOTHING), drawn(pixels, literal.draw))


def test_every_colour_near_a_border_between_levels() -> None:
    levels = np.array([0, 77, 102, 103, 128, 152, 153, 178, 255], np.uint8)
    colours = np.array(list(product(levels, repeat=3)), np.uint8)[None].repeat(5, axis=0).repeat(5, axis=1)
    pixels = np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])
    assert np.array_equal(draw(pixels, NOTHING), drawn(pixels, literal.draw))


@pytest.mark.parametrize("levels", list(product(LEVELS, repeat=3)), ids=str)
def test_the_table(levels: tuple[int, int, int]) -> None:
    assert poster_colour(*levels) == literal.PALETTE[literal.of_levels(*levels)]


def test_every_colour_of_the_palette_is_reached() -> None:
    reached = {poster_colour(*levels) for levels in product(LEVELS, repeat=3)}
    assert reached == set(literal.PALETTE.values())
