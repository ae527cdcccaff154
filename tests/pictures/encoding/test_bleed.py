"""Hidden colours beside an edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pictures.encoding.bleed import bleed
from tests.pictures.encoding.samples import Pixels, bright, cut, noise


def bled(pixels: Pixels) -> Pixels:
    pixels = pixels.copy()
    bleed(pixels)
    return pixels


@given(height=st.integers(1, 70), width=st.integers(1, 70), seed=st.integers(0, 2**32))
def test_changes_nothing_that_is_seen(height: int, width: int, seed: int) -> None:
    pixels = noise(height, width, 4, seed=seed)
    after = bled(pixels)
    seen = pixels[..., 3] > 0
    np.testing.assert_array_equal(after[seen], pixels[seen])
    np.testing.assert_array_equal(after[..., 3], pixels[..., 3])


@pytest.mark.parametrize("size", [(16, 16), (5, 1), (34, 17), (15, 100), (64, 64), (66, 130)])
def test_hidden_pixels_of_a_block_get_the_mean_of_the_others(size: tuple[int, int]) -> None:
    alpha = np.zeros(size, np.uint8)
    alpha[:, ::2] = 255
    alpha[-1, :] = 0
    pixels = cut(noise(*size, 3), alpha)
    last = slice((size[0] - 1) // 16 * 16, None), slice((size[1] - 1) // 16 * 16, None)
    block, hidden = pixels[last], alpha[last] == 0
    mean = block[~hidden][:, :3].mean(axis=0)
    assert np.abs(bled(pixels)[last][hidden][:, :3] - mean).max() <= 0.5


def test_blocks_without_anything_visible_stay_black() -> None:
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[40, 40] = (200, 100, 50, 255)
    after = bled(pixels)
    assert tuple(after[47, 47]) == (200, 100, 50, 0)
    assert not after[48:].any()
    assert not after[:, 48:].any()
    assert not after[:32].any()


def test_black_that_is_visible_is_not_taken_for_hidden() -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:8, :, 3] = 255
    pixels[8, 0] = (255, 255, 255, 255)
    np.testing.assert_array_equal(bled(pixels)[15, 15, :3], [2, 2, 2])  # 255 / 129


def test_nothing_hidden_and_nothing_visible() -> None:
    for pixels in (np.full((20, 20, 4), 255, np.uint8), np.zeros((20, 20, 4), np.uint8)):
        np.testing.assert_array_equal(bled(pixels), pixels)


def test_the_edge_of_a_bright_subject_is_hidden_from_black() -> None:
    """Over whole blocks of the edge: no hidden pixel there is darker than the darkest that is seen."""
    after = bled(bright())
    blocks = after.reshape(24, 16, 20, 16, 4).swapaxes(1, 2).reshape(-1, 256, 4)
    on_edge = (blocks[..., 3].max(axis=1) > 0) & (blocks[..., 3].min(axis=1) == 0)
    assert on_edge.sum() > 40
    assert blocks[on_edge][..., :3].min() >= 128
