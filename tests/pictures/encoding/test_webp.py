"""WebP: alpha exact, colours good beside the edge, a container that others read."""

import io
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.pictures.encoding.srgb import PROFILE
from gateway.pictures.encoding.webp import webp
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


def written(pixels: Pixels, quality: int = 80) -> bytes:
    return webp(pixels.copy(), quality, unhurried)


def chunks(data: bytes) -> list[bytes]:
    """The kinds of the file's chunks; its sizes are checked on the way."""
    assert (data[:4], data[8:12]) == (b"RIFF", b"WEBP")
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    kinds, at = [], 12
    while at < len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        kinds.append(kind)
        at += 8 + size + size % 2
    assert at == len(data)
    return kinds


def test_alpha_is_exact() -> None:
    soft = cut(photo(), ellipse(384, 320, 2))
    np.testing.assert_array_equal(read(written(soft, 1))[..., 3], soft[..., 3])


@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_alpha_is_exact_for_any_contents(height: int, width: int, seed: int) -> None:
    pixels = noise(height, width, 4, seed=seed)
    np.testing.assert_array_equal(np.asarray(opened(written(pixels)).convert("RGBA"))[..., 3], pixels[..., 3])


@pytest.mark.parametrize("quality", [40, 80, 95])
def test_colours_are_close_and_closer_with_quality(quality: int) -> None:
    pixels = portrait()
    error = np.abs(read(written(pixels, quality)).astype(int) - pixels)[pixels[..., 3] == 255].mean()
    assert error < {40: 6, 80: 4, 95: 2}[quality]


def test_no_black_runs_into_the_edge() -> None:
    pixels = bright()
    beside_black = read(written(np.ascontiguousarray(pixels[..., :3])))
    assert edge_error(pixels, read(written(pixels))) < edge_error(pixels, beside_black) / 1.4


def test_grey_is_lossless() -> None:
    alpha = ellipse(384, 320)
    np.testing.assert_array_equal(read(written(alpha, 1)), np.dstack([alpha] * 3))


def test_carries_the_profile_and_no_other_metadata() -> None:
    assert chunks(written(portrait())) == [b"VP8X", b"ICCP", b"ALPH", b"VP8 "]
    assert chunks(written(photo())) == [b"VP8X", b"ICCP", b"VP8 "]
    assert chunks(written(ellipse(30, 20))) == [b"VP8X", b"ICCP", b"VP8L"]
    assert opened(written(portrait())).info["icc_profile"] == PROFILE


@pytest.mark.parametrize("channels", [(), (3,), (4,)], ids=["grey", "rgb", "rgba"])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 16383), (16383, 2)])
def test_any_proportions(size: tuple[int, int], channels: tuple[int, ...]) -> None:
    pixels = noise(*size, *channels)
    image = opened(written(pixels))
    assert image.size == size[::-1]
    if channels == (4,):
        np.testing.assert_array_equal(np.asarray(image.convert("RGBA"))[..., 3], pixels[..., 3])


@pytest.mark.parametrize("pixels", [portrait(), photo(), ellipse(90, 81)], ids=["cut-out", "photograph", "alpha"])
def test_libwebps_own_tools_agree(pixels: Pixels, tmp_path: Path) -> None:
    file, decoded = tmp_path / "it.webp", tmp_path / "it.png"
    file.write_bytes(written(pixels))
    report = subprocess.run(["webpinfo", file], capture_output=True, text=True, check=True).stdout
    assert "No error detected" in report
    subprocess.run(["dwebp", "-quiet", file, "-o", decoded], check=True)
    theirs = np.asarray(Image.open(decoded).convert("RGBA"))
    if pixels.ndim == 2:
        np.testing.assert_array_equal(theirs[..., 1], pixels)
    else:
        np.testing.assert_array_equal(theirs[..., 3], pixels[..., 3] if pixels.shape[2] == 4 else 255)


@pytest.mark.slow
def test_more_detail_than_the_formats_first_partition_holds_is_written_all_the_same() -> None:
    pixels = noise(4200, 4200, 3)
    with pytest.raises(ValueError, match="encoding error 6"):  # what libwebp says to the quality asked for
        Image.fromarray(pixels).save(io.BytesIO(), "WEBP", quality=90, method=0)
    assert opened(written(pixels, quality=90)).size == (4200, 4200)
