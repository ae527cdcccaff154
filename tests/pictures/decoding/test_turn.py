import numpy as np
import pytest

from gateway.pictures.decoding.turn import swaps, upright
from tests.pictures.decoding.samples import CAT

STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}
"""How a camera that says so has stored what is upright."""


@pytest.mark.parametrize("orientation", STORED)
def test_upright(orientation: int) -> None:
    stored = np.array(STORED[orientation](CAT), order="C")
    turned = upright(stored, orientation)
    assert np.array_equal(turned, CAT)
    assert turned.flags.c_contiguous and turned.flags.writeable
    assert swaps(orientation) == (stored.shape != CAT.shape)


@pytest.mark.parametrize("orientation", [1, 2, 3, 4])
def test_half_turns_and_mirrors_need_no_second_array(orientation: int) -> None:
    stored = np.array(STORED[orientation](CAT), order="C")
    assert upright(stored, orientation) is stored


@pytest.mark.parametrize("shape", [(1, 1, 4), (1, 50, 4), (50, 1, 4), (17, 17, 4)])
@pytest.mark.parametrize("orientation", STORED)
def test_thin_pictures(shape: tuple[int, ...], orientation: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert np.array_equal(upright(np.array(STORED[orientation](pixels), order="C"), orientation), pixels)
