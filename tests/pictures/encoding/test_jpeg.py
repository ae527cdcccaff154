"""JPEG: opaque pictures."""

import numpy as np
import pytest

from gateway.pictures.encoding.jpeg import jpeg
from gateway.pictures.encoding.srgb import PROFILE
from tests.pictures.encoding.samples import Pixels, ellipse, noise, opened, photo, portrait, read, unhurried


def written(pixels: Pixels, quality: int = 80) -> bytes:
    return jpeg(pixels.copy(), quality, unhurried)


def error(pixels: Pixels, quality: int) -> float:
    return float(np.abs(read(written(pixels, quality)).astype(int) - pixels).mean())


def test_is_the_photograph_and_closer_with_quality() -> None:
    errors = [error(photo(), quality) for quality in (10, 50, 80, 95, 100)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1.5


def test_of_four_channels_the_fourth_is_ignored() -> None:
    pixels = portrait()
    assert written(pixels) == written(np.ascontiguousarray(pixels[..., :3]))


def test_grey_stays_grey() -> None:
    image = opened(written(ellipse(90, 80), 95))
    assert image.mode == "L"
    assert np.abs(np.asarray(image).astype(int) - ellipse(90, 80)).mean() < 1


def test_carries_the_profile_and_no_other_metadata() -> None:
    assert opened(written(photo())).info["icc_profile"] == PROFILE
    assert [kind for kind, _ in opened(written(photo())).applist] == ["APP0", "APP2"]
    assert [kind for kind, _ in opened(written(ellipse(9, 8))).applist] == ["APP0"]
    assert not opened(written(photo())).getexif()


@pytest.mark.parametrize(("quality", "sampling"), [(89, (2, 2)), (90, (1, 1))])
def test_colour_has_the_full_resolution_at_high_quality(quality: int, sampling: tuple[int, int]) -> None:
    assert opened(written(photo(), quality)).layer[0][1:3] == sampling


@pytest.mark.parametrize(("height", "progressive"), [(1000, True), (1001, False)])
def test_is_progressive_up_to_two_megapixels(height: int, progressive: bool) -> None:
    assert ("progressive" in opened(written(np.zeros((height, 2000, 3), np.uint8))).info) is progressive


@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "rgb"])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (1, 65500), (65500, 1)])
def test_any_proportions(size: tuple[int, int], channels: tuple[int, ...]) -> None:
    assert opened(written(noise(*size, *channels))).size == size[::-1]
