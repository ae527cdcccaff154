"""The halftone against its literal reading, to the pixel."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.effects.dithering import DitheringParameters, draw
from gateway.pictures.picture import Pixels
from tests.effects.cutouts import anything, cutout
from tests.effects.literal import dithering as literal
from tests.effects.literal import drawn


@pytest.mark.parametrize(("dot", "spacing", "adaptive"), list(product((1, 2, 3), (1, 2, 3, 4, 5), (True, False))))
def test_is_what_the_specification_says(dot: int, spacing: int, adaptive: bool) -> None:
    pixels = cutout("chelsea", 90, 120, 61, 73)
    found = draw(pixels, DitheringParameters(dot, spacing, adaptive))
    assert np.array_equal(found, drawn(pixels, literal.draw, dot, spacing, adaptive))


@pytest.mark.parametrize("spacing", [1, 2, 3])
def test_bands_leave_no_seam(spacing: int) -> None:
    pixels = cutout("coffee", 0, 100, 260, 90)
    found = draw(pixels, DitheringParameters(pixel_spacing=spacing))
    assert np.array_equal(found, drawn(pixels, literal.draw, 2, spacing, True))


@given(anything(), st.integers(1, 3), st.integers(1, 5), st.booleans())
@settings(deadline=None)
def test_of_any_picture(pixels: Pixels, dot: int, spacing: int, adaptive: bool) -> None:
    found = draw(pixels, DitheringParameters(dot, spacing, adaptive))
    assert np.array_equal(found, drawn(pixels, literal.draw, dot, spacing, adaptive))


@pytest.mark.parametrize("gamma", [0.3, 1.0, 1.7, 2.5])
def test_gamma(gamma: float) -> None:
    pixels = cutout("chelsea", 90, 120, 61, 73)
    found = draw(pixels, DitheringParameters(gamma=gamma))
    assert np.array_equal(found, drawn(pixels, literal.draw, 2, 2, True, gamma))


def test_dots_are_as_dense_as_the_picture_is_dark() -> None:
    grey = np.full((120, 120, 4), 255, np.uint8)
    shares = []
    for level in (10, 60, 130, 220):
        grey[..., :3] = level
        shares.append((draw(grey, DitheringParameters(1, 1, False))[..., 0] == 0).mean())
        assert shares[-1] == pytest.approx(1 - (level / 255) ** 0.45, abs=0.01)
    assert shares == sorted(shares, reverse=True)
