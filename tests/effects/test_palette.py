"""Nearest colours, and colours chosen from a picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateway.effects.palette import Palette, of_picture
from gateway.pictures.picture import Pixels
from tests.effects.literal.retro8bit import nearest

some = st.integers(1, 40).flatmap(lambda n: arrays.arrays(np.uint8, (n, 3)))


@given(some, some)
def test_nearest_is_exact_and_takes_the_first(palette: Pixels, pixels: Pixels) -> None:
    listed = [tuple(colour) for colour in palette.tolist()]
    expected = [nearest(tuple(pixel), listed) for pixel in pixels.tolist()]
    assert np.array_equal(Palette(palette).mapped(pixels), np.array(expected, np.uint8))


def test_more_pixels_than_are_compared_at_a_time() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (5000, 3), np.uint8)
    palette = Palette(pixels[:32])
    parts = [palette.mapped(pixels[top : top + 7]) for top in range(0, 5000, 7)]
    assert np.array_equal(palette.mapped(pixels), np.concatenate(parts))


def test_few_colours_are_taken_as_they_are() -> None:
    pixels = np.array([(1, 2, 3), (250, 0, 9), (1, 2, 3)], np.uint8)
    assert of_picture(pixels, 32, 8).colours.tolist() == [[1, 2, 3], [250, 0, 9]]


def test_clusters_are_found() -> None:
    random = np.random.default_rng(1)
    middles = np.array([(200, 40, 40), (40, 200, 40), (40, 40, 200), (230, 230, 230)])
    pixels = (middles.repeat(200, axis=0) + random.integers(-6, 7, (800, 3))).astype(np.uint8)
    found = of_picture(pixels, 4, 8).colours.astype(int)
    assert [np.abs(found - middle).max(axis=1).min() for middle in middles] == pytest.approx([0] * 4, abs=4)


def test_a_rare_colour_is_kept() -> None:
    random = np.random.default_rng(1)
    brown = random.integers((90, 50, 20), (160, 110, 70), (16000, 3))
    blue = random.integers((40, 90, 180), (70, 120, 220), (60, 3))
    found = of_picture(np.concatenate([brown, blue]).astype(np.uint8), 32, 8).colours.astype(int)
    assert (found[:, 2] > found[:, 0] + 60).any()


def test_the_same_pixels_give_the_same_colours() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (5000, 3), np.uint8)
    assert np.array_equal(of_picture(pixels, 32, 8).colours, of_picture(pixels, 32, 8).colours)
