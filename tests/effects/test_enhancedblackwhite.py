"""Black and white against its literal reading."""

import numpy as np
import pytest

from gateway.effects.enhancedblackwhite import BlackWhiteParameters, draw
from tests.effects.cutouts import cutout, with_alpha
from tests.effects.literal import drawn
from tests.effects.literal import enhancedblackwhite as literal

DEFAULTS = (1.12, 0.9, 0.12, 0.08)


@pytest.mark.parametrize(
    "values",
    [DEFAULTS, (0.8, 1.5, 1.0, 0.2), (1.5, 0.0, 0.0, 0.0), (1.0, 1.5, 0.0, 0.2), (1.0, 0.0, 1.0, 0.0)],
    ids=str,
)
@pytest.mark.parametrize(
    "place", [("chelsea", 90, 120, 45, 61), ("astronaut", 60, 180, 52, 47), ("coffee", 10, 400, 33, 40)], ids=str
)
def test_is_what_the_specification_says(
    place: tuple[str, int, int, int, int], values: tuple[float, float, float, float]
) -> None:
    pixels = cutout(*place)
    found = draw(pixels, BlackWhiteParameters(*values)).astype(int)
    expected = drawn(pixels, literal.draw, *values).astype(int)
    difference = np.abs(found - expected)[pixels[..., 3] > 0]
    assert difference.mean() <= 0.02  # the target is 2: the two differ by rounding alone
    assert difference.max() <= 1 or (difference > 1).mean() < 0.001  # where a highlight is one by a hair


def test_bands_leave_no_seam() -> None:
    pixels = np.ascontiguousarray(np.tile(cutout("chelsea", 0, 0, 300, 60), (2, 1, 1))[:400])
    found = draw(pixels, BlackWhiteParameters()).astype(int)
    expected = drawn(pixels, literal.draw, *DEFAULTS).astype(int)
    assert np.abs(found - expected).max() <= 1


def test_no_rim_where_the_subject_ends() -> None:
    colours = np.full((40, 40, 3), 128, np.uint8)
    alpha = np.zeros((40, 40), np.uint8)
    alpha[:, 20:] = 255
    found = draw(with_alpha(colours, alpha), BlackWhiteParameters(grain=0))
    assert np.ptp(found[:, 20:, 0]) == 0


def test_the_grain_follows_the_picture() -> None:
    one, other = cutout("chelsea", 90, 120, 45, 61), cutout("chelsea", 90, 120, 45, 61)
    other[20, 20, 0] ^= 1
    parameters = BlackWhiteParameters()
    assert np.array_equal(draw(one, parameters), draw(one.copy(), parameters))
    assert np.abs(draw(one, parameters).astype(int) - draw(other, parameters)).mean() > 1
