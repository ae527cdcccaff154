"""A subject's layer: nothing of what it was cut out of, however it is turned and scaled."""

import numpy as np
import pytest
from PIL import Image

from bench.montage.layer import Floats, laid, layer, scaled, turned

RED = (255, 0, 0)
GREEN = (0, 255, 0)


def cutout(rim: tuple[int, int, int] = RED) -> Image.Image:
    """A red rectangle of 40 × 20 in the middle of 60 × 60, around it one pixel, half transparent, of the rim's colour."""
    pixels = np.zeros((60, 60, 4), np.uint8)
    pixels[..., :3] = rim
    pixels[19:41, 9:51, 3] = 128
    pixels[20:40, 10:50] = (*RED, 255)
    return Image.fromarray(pixels)


def straight(pixels: Floats) -> Floats:
    """The colours of what is not transparent, (N, 3)."""
    seen = pixels[pixels[..., 3] > 0.05]
    return seen[:, :3] / seen[:, 3:]


def test_it_is_trimmed_to_the_subject_and_a_margin() -> None:
    assert layer(cutout()).shape == (22 + 4, 42 + 4, 4)


def test_colours_are_times_alpha() -> None:
    pixels = layer(cutout())
    assert np.allclose(pixels[..., 0], pixels[..., 3], atol=1e-3)
    assert pixels[0].max() == 0


def test_rim_gets_the_colour_inside() -> None:
    assert np.abs(straight(layer(cutout(rim=GREEN))) - (1, 0, 0)).max() < 0.01


def test_what_is_too_thin_to_have_an_inside_keeps_its_colour() -> None:
    pixels = np.zeros((30, 30, 4), np.uint8)
    pixels[15, 5:25] = (*GREEN, 255)
    assert np.allclose(straight(layer(Image.fromarray(pixels))), (0, 1, 0))


@pytest.mark.parametrize("degrees", [-50, 5, 90])
def test_turning_loses_nothing(degrees: float) -> None:
    before = layer(cutout())
    after = turned(before, degrees)
    assert after[..., 3].sum() == pytest.approx(before[..., 3].sum(), rel=0.02)
    assert np.abs(straight(after) - (1, 0, 0)).max() < 0.01


@pytest.mark.parametrize("scale", [0.4, 1, 2.5])
def test_scaling_scales_the_area_and_no_colour(scale: float) -> None:
    before = layer(cutout())
    after = scaled(before, scale)
    assert after[..., 3].sum() == pytest.approx(scale**2 * before[..., 3].sum(), rel=0.1)  # sides are whole pixels
    assert after[..., 1:3].max() < 0.01
    assert np.abs(after[..., 0] - after[..., 3]).max() < 0.01


def test_the_frame_cuts_what_does_not_fit() -> None:
    whole = np.ones((10, 20, 4), np.float32)
    assert laid(whole, -5, 3, 64)[..., 3].sum() == 10 * 15
    assert laid(whole, 60, 60, 64)[..., 3].sum() == 4 * 4
    assert laid(whole, 1, 3, 64)[3:13, 1:21].min() == 1
