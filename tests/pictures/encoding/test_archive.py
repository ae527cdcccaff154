"""ZIP: color.jpg and alpha.png."""

import io
import zipfile

import numpy as np
import pytest

from gateway.pictures.encoding.archive import archive
from gateway.pictures.encoding.jpeg import jpeg
from tests.pictures.encoding.samples import (
    Pixels,
    bright,
    edge_error,
    ellipse,
    opened,
    photo,
    portrait,
    read,
    unhurried,
)


def members(pixels: Pixels, quality: int = 80) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive(pixels.copy(), quality, unhurried))) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def test_alpha_is_exact_and_colours_are_the_pictures() -> None:
    pixels = portrait()
    files = members(pixels, 90)
    assert set(files) == {"color.jpg", "alpha.png"}
    np.testing.assert_array_equal(read(files["alpha.png"]), pixels[..., 3])
    seen = pixels[..., 3] == 255
    assert np.abs(read(files["color.jpg"]).astype(int) - pixels[..., :3])[seen].mean() < 3


def test_no_black_runs_into_the_edge() -> None:
    pixels = bright()
    beside_black = read(jpeg(np.ascontiguousarray(pixels[..., :3]), 80, unhurried))
    assert edge_error(pixels, read(members(pixels)["color.jpg"])) < edge_error(pixels, beside_black) / 1.4


@pytest.mark.parametrize(("pixels", "names"), [(photo(), {"color.jpg"}), (ellipse(90, 80), {"alpha.png"})])
def test_has_what_the_picture_has(pixels: Pixels, names: set[str]) -> None:
    assert set(members(pixels)) == names


def test_is_stored_and_readable_by_everybody() -> None:
    with zipfile.ZipFile(io.BytesIO(archive(portrait(), 80, unhurried))) as file:
        for entry in file.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.external_attr >> 16 == 0o644
            assert not entry.comment
            assert not entry.extra


def test_quality_is_that_of_the_colours() -> None:
    low, high = members(portrait(), 30), members(portrait(), 95)
    assert len(low["color.jpg"]) < len(high["color.jpg"])
    assert low["alpha.png"] == high["alpha.png"]


def test_colours_carry_a_profile() -> None:
    assert "icc_profile" in opened(members(portrait())["color.jpg"]).info
