"""Smaller copies."""

import numpy as np
import pytest

from gateway.effects.reduced import reduced
from tests.effects.cutouts import cutout


def test_small_pictures_are_taken_as_they_are() -> None:
    pixels = cutout("chelsea", 0, 0, 100, 200)
    assert reduced(pixels, 200) is pixels


def test_hidden_colours_stay_out_of_the_edge() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :33] = (200, 100, 50, 255)
    small = reduced(pixels, 16)
    assert small.shape == (16, 16, 4)
    visible = small[small[..., 3] > 0]
    assert np.abs(visible[:, :3].astype(int) - (200, 100, 50)).max() <= 4
    assert small[0, 8].tolist()[3] == pytest.approx(64, abs=1)
    assert not small[:, 9:].any()


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (3000, 7)], ids=str)
def test_slivers(size: tuple[int, int]) -> None:
    small = reduced(np.full((*size, 4), 255, np.uint8), 100)
    assert max(small.shape[:2]) == 100
    assert (small == 255).all()
