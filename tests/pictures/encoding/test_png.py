"""PNG: exact for every picture, small, and readable by others."""

import io
import math
import struct
import subprocess
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.pictures.encoding.png import png
from tests.pictures.encoding.samples import (
    Pixels,
    cut,
    ellipse,
    noise,
    opened,
    photo,
    portrait,
    read,
    unhurried,
)

CHANNELS = [(), (3,), (4,)]


def written(pixels: Pixels) -> bytes:
    return png(pixels, unhurried)


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The file's chunks, each (kind, contents)."""
    found, at = [], 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, data[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


def flat(height: int, width: int) -> Pixels:
    """Shapes and letters on transparent ground."""
    pixels = np.zeros((height, width, 4), np.uint8)
    for number, word in enumerate(("Sale", "50 %", "Shop")):
        cv2.putText(pixels, word, (10, 40 * number + 40), cv2.FONT_HERSHEY_DUPLEX, 1, (250, 80 * number, 9, 255), 2)
    cv2.circle(pixels, (width * 2 // 3, height // 2), height // 3, (20, 90, 200, 255), -1)
    return pixels


PICTURES = {
    "cut-out": portrait(),
    "photograph": photo(),
    "alpha": ellipse(384, 320),
    "graphics": flat(400, 500),
    "transparent": np.zeros((700, 500, 4), np.uint8),
    "white": np.full((700, 500, 3), 255, np.uint8),
    "tiny subject": cut(np.tile(photo(), (2, 2, 1)), np.pad(ellipse(80, 60), ((300, 388), (200, 380)))),
    "noise": noise(200, 300, 4),
    "gradient": np.dstack([np.add.outer(np.arange(300), np.arange(400)).astype(np.uint8) // 3] * 3),
    "enlarged": np.repeat(np.repeat(photo()[::8, ::8], 8, 0), 8, 1),
}


@pytest.mark.parametrize("name", PICTURES)
def test_is_exact_for_pillow_and_opencv(name: str) -> None:
    data = written(PICTURES[name])
    np.testing.assert_array_equal(read(data), PICTURES[name])
    theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if theirs.ndim == 3:
        theirs = theirs[..., [2, 1, 0, 3][: theirs.shape[2]]]
    np.testing.assert_array_equal(theirs, PICTURES[name])


@pytest.mark.parametrize("name", PICTURES)
def test_takes_at_most_1_4_times_the_bytes_of_pillow(name: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(PICTURES[name]).save(stream, "PNG", compress_level=6)
    assert len(written(PICTURES[name])) < 1.4 * len(stream.getvalue()) + 300


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.sampled_from(CHANNELS),
    levels=st.sampled_from([1, 2, 5, 256]),
    view=st.sampled_from([np.s_[:, :], np.s_[::-1, ::-1], np.s_[::2, ::3], np.s_[1:, 1:]]),
    seed=st.integers(0, 2**32),
)
def test_is_exact_for_any_contents_and_strides(
    height: int, width: int, channels: tuple[int, ...], levels: int, view: tuple[slice, slice], seed: int
) -> None:
    whole = np.random.default_rng(seed).integers(0, levels, (height, width, *channels), np.uint8)
    pixels = whole[view]
    if pixels.size:
        np.testing.assert_array_equal(read(written(pixels)), pixels)


@pytest.mark.parametrize("channels", CHANNELS, ids=["grey", "rgb", "rgba"])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (1, 300_000), (300_000, 1), (3, 70_000)])
def test_writes_any_proportions(size: tuple[int, int], channels: tuple[int, ...]) -> None:
    pixels = noise(*size, *channels)
    np.testing.assert_array_equal(read(written(pixels)), pixels)


def test_a_large_picture_of_many_kinds_of_bands_is_exact() -> None:
    """Photographic, flat and transparent bands take turns in one stream."""
    parts = [np.tile(portrait(), (1, 4, 1)), np.zeros((600, 1280, 4), np.uint8), flat(700, 1280), noise(90, 1280, 4)]
    pixels = np.concatenate([*parts, *parts[::-1]])
    np.testing.assert_array_equal(read(written(pixels)), pixels)


def test_carries_its_colour_space_and_no_other_metadata() -> None:
    found = chunks(written(portrait()))
    assert {kind for kind, _ in found} == {b"IHDR", b"sRGB", b"IDAT", b"IEND"}
    assert dict(found)[b"sRGB"] == b"\0"
    assert opened(written(portrait())).info == {"srgb": 0}


@pytest.mark.parametrize("name", PICTURES)
def test_the_stream_is_whole_and_its_checksum_right(name: str) -> None:
    """Readers of pictures forgive both; zlib does not."""
    stream = b"".join(data for kind, data in chunks(written(PICTURES[name])) if kind == b"IDAT")
    height, *row = PICTURES[name].shape
    assert len(zlib.decompress(stream)) == height * (1 + math.prod(row))


@pytest.mark.parametrize(("name", "kind"), [("alpha", 0), ("photograph", 2), ("cut-out", 6)])
def test_colour_type(name: str, kind: int) -> None:
    assert chunks(written(PICTURES[name]))[0][1][8:10] == bytes([8, kind])


def test_leaves_the_picture_as_it_is() -> None:
    pixels = portrait()
    written(pixels)
    np.testing.assert_array_equal(pixels, portrait())


@pytest.mark.parametrize("name", PICTURES)
def test_pngcheck_finds_no_fault(name: str, tmp_path: Path) -> None:
    (tmp_path / "it.png").write_bytes(written(PICTURES[name]))
    report = subprocess.run(["pngcheck", "-v", tmp_path / "it.png"], capture_output=True, text=True, check=False)
    assert report.returncode == 0, report.stdout
    assert "No errors detected" in report.stdout
