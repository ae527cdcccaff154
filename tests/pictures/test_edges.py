"""Colours of soft edges, on composites whose foreground is known."""

from functools import cache

import cv2
import numpy as np
import pytest

from bench.composites import Composite, composite
from gateway.pictures.edges import decontaminate
from gateway.pictures.layers import MARGIN, layers, overview, shares, unexplained
from gateway.pictures.picture import Box, Pixels

# Mean error of pymatting 1.1.16's estimate_foreground_ml in levels: `scripts/bench edges --megapixels 0.3`.
MULTI_LEVEL = {
    "hair on green": 3.70,
    "hair on sky": 2.85,
    "fair hair on photo": 9.81,
    "fur on foliage": 10.20,
    "portrait on photo": 5.79,
    "similar colours": 12.71,
    "sharp thing": 4.72,
    "defocused": 7.80,
    "everywhere": 20.98,
}
SIZES = [(1, 1), (1, 5000), (5000, 1), (2, 3), (7, 9), (8, 8), (255, 257), (256, 256), (300, 520)]

cached = cache(composite)


def estimated(given: Composite) -> Pixels:
    return cleaned(given.picture, given.alpha)


def cleaned(pixels: Pixels, alpha: Pixels) -> Pixels:
    result = pixels.copy()
    decontaminate(result, alpha)
    return result


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(("name", "theirs"), MULTI_LEVEL.items())
def test_comes_as_near_to_the_foreground_as_pymatting_does(name: str, theirs: float) -> None:
    given = cached(name, 0.3)
    error = given.colour_error(estimated(given))
    assert error <= 1.2 * theirs
    assert error <= 0.65 * given.colour_error(given.picture)


@pytest.mark.parametrize("name", ["hair on green", "hair on sky"])
def test_takes_nearly_all_of_a_flat_background_out_of_hair(name: str) -> None:
    given = cached(name, 0.3)
    assert given.colour_error(estimated(given)) < given.colour_error(given.picture) / 8


def test_two_flat_colours_are_told_apart() -> None:
    foreground, background = np.array([200, 60, 20]), np.array([10, 180, 240])
    clouds = cv2.resize(noise(50, 75).astype(np.float32), (600, 400), interpolation=cv2.INTER_LINEAR)
    alpha = np.clip(1.5 * clouds - 64, 0, 255).astype(np.uint8)
    share = alpha[..., None] / 255
    picture = np.dstack([np.rint(share * foreground + (1 - share) * background).astype(np.uint8), alpha])
    error = np.abs(cleaned(picture, alpha)[..., :3].astype(int) - foreground)[(alpha > 64) & (alpha < 255)]
    assert error.mean() < 2


@pytest.mark.parametrize("name", ["hair on green", "everywhere"])
def test_what_is_sure_and_the_fourth_channel_stay_as_they_are(name: str) -> None:
    given = cached(name, 0.3)
    picture, alpha = given.picture.copy(), given.alpha.copy()
    picture[..., 3], alpha[100:140, 100:140], alpha[200:240, 200:240] = noise(*alpha.shape), 255, 0
    result = cleaned(picture, alpha)
    sure = (alpha == 255) | (alpha == 0)
    assert np.array_equal(result[sure], picture[sure])
    assert np.array_equal(result[..., 3], picture[..., 3])
    assert not np.array_equal(result[~sure], picture[~sure])


@pytest.mark.parametrize("name", ["everywhere", "hair on green"])
def test_boxes_leave_no_seams(name: str) -> None:
    given = cached(name, 0.3)
    height, width = given.alpha.shape
    whole = Box(0, 0, width=-(-width // 8) * 8, height=-(-height // 8) * 8)
    estimate = layers(overview(given.picture, given.alpha), given.picture, given.alpha, whole)
    estimate = estimate[:, :, MARGIN : MARGIN + height, MARGIN : MARGIN + width]
    share = shares(given.alpha)
    front = estimate[0] + share[0] * unexplained(estimate, given.picture, share)
    at_once = np.clip(np.rint(front), 0, 255).transpose(1, 2, 0)
    soft = (given.alpha > 2) & (given.alpha < 253)
    assert np.abs(estimated(given)[..., :3][soft] - at_once[soft]).max() <= 1


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("level", [0, 1, 128, 254, 255, None])
def test_any_size_and_any_alpha(size: tuple[int, int], level: int | None) -> None:
    alpha = noise(*size) if level is None else np.full(size, level, np.uint8)
    picture = noise(*size, 4)
    result = cleaned(picture, alpha)
    sure = (alpha == 255) | (alpha == 0)
    assert np.array_equal(result[sure], picture[sure])
    assert np.array_equal(result, cleaned(picture, alpha))


def test_one_soft_row() -> None:
    picture = np.full((300, 300, 4), (0, 0, 255, 255), np.uint8)
    picture[:150], picture[150] = (255, 0, 0, 255), (128, 0, 128, 255)
    alpha = np.zeros((300, 300), np.uint8)
    alpha[:150], alpha[150] = 255, 128
    result = cleaned(picture, alpha)
    assert (np.abs(result[150, :, :3].astype(int) - [255, 0, 0]) <= 6).all()


def test_works_on_a_view_of_a_larger_picture() -> None:
    larger, alpha = noise(700, 900, 4), noise(340, 880)
    view = larger[10:690:2, 10:890]
    expected = cleaned(np.ascontiguousarray(view), alpha)
    decontaminate(view, alpha)
    assert np.array_equal(view, expected)
