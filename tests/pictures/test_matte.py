"""The mask enlarged, on composites whose alpha is known."""

from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image

from bench.composites import Composite, Pixels, composite, like_a_network, mask_of
from gateway.pictures.matte import enlarged

cached = cache(composite)


def bilinear(mask: Pixels, guide: Pixels) -> Pixels:
    return cv2.resize(mask, guide.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


def error(given: Composite, alpha: Pixels) -> float:
    """Mean absolute error where either the known alpha or a mask of it is soft."""
    soft = ((given.alpha > 0) & (given.alpha < 255)).astype(np.uint8)
    band = cv2.dilate(soft, np.ones((9, 9), np.uint8)) > 0
    return float(np.abs(alpha[band].astype(int) - given.alpha[band]).mean())


@pytest.mark.parametrize("size", [96, 256])
@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("hair on green", 0.5),
        ("hair on sky", 0.5),
        ("fair hair on photo", 0.75),
        ("portrait on photo", 0.5),
        ("fur on foliage", 0.9),
        ("sharp thing", 0.5),
        ("similar colours", 1.1),
    ],
)
def test_comes_nearer_to_the_known_alpha_than_bilinear(name: str, share: float, size: int) -> None:
    given = cached(name, 0.3)
    mask = like_a_network(mask_of(given.alpha, size))
    assert error(given, enlarged(mask, given.picture)) <= share * error(given, bilinear(mask, given.picture))


@pytest.mark.parametrize("size", [96, 256])
def test_prints_little_of_the_picture_into_a_blur(size: int) -> None:
    given = cached("defocused", 0.3)
    mask = like_a_network(mask_of(given.alpha, size))
    assert error(given, enlarged(mask, given.picture)) <= error(given, bilinear(mask, given.picture)) + 2


@pytest.mark.parametrize("name", ["fair hair on photo", "similar colours", "portrait on photo"])
def test_punches_no_holes_and_leaves_no_haze_where_colours_are_alike(name: str) -> None:
    given = cached(name, 0.3)
    mask = like_a_network(mask_of(given.alpha, 96))
    plain, alpha = bilinear(mask, given.picture), enlarged(mask, given.picture)
    for sure in (0, 255):
        there = given.alpha == sure
        wrong, before = ((np.abs(each[there].astype(int) - sure) > 25).mean() for each in (alpha, plain))
        assert wrong <= before + 0.002


def test_finds_an_edge_of_the_picture_between_two_mask_pixels() -> None:
    alpha = np.zeros((480, 640), np.uint8)
    alpha[:, 325:] = 255
    picture = np.where(alpha[..., None] > 0, np.uint8([230, 180, 90, 255]), np.uint8([30, 60, 40, 255]))
    found = enlarged(mask_of(alpha, 64), picture)  # ten pixels to one of the mask, the edge in the middle of one
    assert (found[:, :324] <= 25).all() and (found[:, 326:] >= 230).all()
    assert bilinear(mask_of(alpha, 64), picture)[0, 330] < 200


@pytest.mark.parametrize("size", [64, 96])
def test_is_exact_where_the_mask_is_sure_all_around(size: int) -> None:
    given = cached("portrait on photo", 0.3)
    mask = like_a_network(mask_of(given.alpha, size))
    lowest, highest = (
        bilinear(grown(mask, np.ones((5, 5), np.uint8)), given.picture) for grown in (cv2.erode, cv2.dilate)
    )
    alpha = enlarged(mask, noise(*given.picture.shape))
    assert (alpha[lowest == 255] == 255).all()
    assert (alpha[highest == 0] == 0).all()
    assert (lowest == 255).mean() > 0.1 and (highest == 0).mean() > 0.1


def test_a_picture_of_one_colour_adds_nothing() -> None:
    mask, grey = like_a_network(mask_of(cached("hair on sky", 0.3).alpha, 96)), np.full((480, 640, 4), 90, np.uint8)
    assert np.array_equal(enlarged(mask, grey), bilinear(mask, grey))


@pytest.mark.parametrize("level", [0, 1, 77, 254, 255])
@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (64, 64), (65, 999), (300, 200)], ids=str)
def test_a_flat_mask_stays_flat(level: int, shape: tuple[int, int]) -> None:
    assert (enlarged(np.full((64, 64), level, np.uint8), noise(*shape, 4)) == level).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (63, 640), (400, 20), (30, 40)], ids=str)
def test_a_mask_larger_than_the_picture_shrinks_with_antialiasing(shape: tuple[int, int]) -> None:
    mask = noise(64, 64)
    expected = np.asarray(Image.fromarray(mask).resize(shape[::-1], Image.Resampling.BILINEAR))
    assert np.array_equal(enlarged(mask, noise(*shape, 4)), expected)


@pytest.mark.parametrize("size", [1, 8, 9, 64])
@pytest.mark.parametrize("shape", [(64, 64), (65, 67), (64, 2000), (257, 100)], ids=str)
def test_any_size(size: int, shape: tuple[int, int]) -> None:
    mask, picture = noise(size, size), noise(*shape, 4)
    alpha = enlarged(mask, picture)
    assert (alpha.shape, alpha.dtype) == (shape, np.uint8)
    assert np.array_equal(alpha, enlarged(mask, picture))


def test_reads_colours_only_and_changes_nothing() -> None:
    given = cached("hair on green", 0.3)
    mask, picture = mask_of(given.alpha, 96), given.picture.copy()
    picture[..., 3] = noise(*given.alpha.shape)
    kept = mask.copy(), picture.copy()
    assert np.array_equal(enlarged(mask, picture), enlarged(mask, given.picture))
    assert np.array_equal(mask, kept[0]) and np.array_equal(picture, kept[1])
