"""AVIF: alpha exact, colours good beside the edge."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from gateway.pictures.encoding.avif import avif
from gateway.pictures.encoding.table import MAX_SIDES
from tests.pictures.encoding.samples import (
    Pixels,
    bright,
    cut,
    edge_error,
    ellipse,
    noise,
    opened,
    photo,
    portrait,
    read,
    unhurried,
)


def written(pixels: Pixels, quality: int = 75) -> bytes:
    return avif(pixels.copy(), quality, unhurried)


def test_alpha_is_exact() -> None:
    soft = cut(photo(), ellipse(384, 320, 2))
    np.testing.assert_array_equal(read(written(soft, 1))[..., 3], soft[..., 3])


def test_grey_is_lossless() -> None:
    np.testing.assert_array_equal(np.asarray(opened(written(ellipse(90, 80), 1)).convert("L")), ellipse(90, 80))


def test_colours_are_close_and_closer_with_quality() -> None:
    pixels = photo()
    errors = [np.abs(read(written(pixels, quality)).astype(int) - pixels).mean() for quality in (20, 60, 95)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1.5


def test_no_black_runs_into_the_edge() -> None:
    pixels = bright()
    beside_black = read(written(np.ascontiguousarray(pixels[..., :3])))
    assert edge_error(pixels, read(written(pixels))) < edge_error(pixels, beside_black) / 1.4


def test_carries_no_metadata() -> None:
    assert set(opened(written(portrait())).info) <= {"timestamp", "duration"}


@pytest.mark.parametrize("channels", [(), (3,), (4,)], ids=["grey", "rgb", "rgba"])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (1, MAX_SIDES["avif"]), (MAX_SIDES["avif"], 1)])
def test_any_proportions(size: tuple[int, int], channels: tuple[int, ...]) -> None:
    pixels = noise(*size, *channels)
    image = opened(written(pixels))
    assert image.size == size[::-1]
    if channels == (4,):
        np.testing.assert_array_equal(np.asarray(image)[..., 3], pixels[..., 3])


def test_libavifs_own_tool_finds_srgb(tmp_path: Path) -> None:
    (tmp_path / "it.avif").write_bytes(written(portrait()))
    report = subprocess.run(
        ["avifdec", "--info", tmp_path / "it.avif"], capture_output=True, text=True, check=True
    ).stdout
    facts = {key.strip(" *"): value.strip() for key, _, value in (line.partition(":") for line in report.splitlines())}
    assert (facts["Color Primaries"], facts["Transfer Char."], facts["Range"]) == ("1", "13", "Full")
    assert (facts["Alpha"], facts["ICC Profile"]) == ("Not premultiplied", "Absent")
    assert (facts["Exif Metadata"], facts["XMP Metadata"]) == ("Absent", "Absent")
