"""WebP's lossless planes, read back by libwebp."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.pictures.encoding.vp8l import alpha_chunk, grey_chunk
from tests.pictures.encoding.samples import Pixels, ellipse, noise, read, unhurried

PLANES = {
    "soft edge": ellipse(300, 400),
    "hard edge": ellipse(300, 400, 1000),
    "empty": np.zeros((200, 3000), np.uint8),
    "full": np.full((3000, 200), 255, np.uint8),
    "noise": noise(300, 500),
    "sparse": (noise(400, 500) > 250).astype(np.uint8) * 255,
    "ramp": np.add.outer(np.arange(256), np.arange(256)).astype(np.uint8),
}


def stored(grey: Pixels) -> bytes:
    """A file with the plane as its only chunk."""
    data = grey_chunk(grey, unhurried)
    data += bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(data) + 12) + b"WEBPVP8L" + struct.pack("<I", len(data)) + data


def as_read(grey: Pixels) -> Pixels:
    image = read(stored(grey))
    assert (image == image[..., :1]).all()
    return image[..., 0]


@pytest.mark.parametrize("name", PLANES)
def test_libwebp_reads_it_back(name: str) -> None:
    np.testing.assert_array_equal(as_read(PLANES[name]), PLANES[name])


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (1, 5), (1, 16383), (16383, 1), (511, 513), (20, 16383)])
@pytest.mark.parametrize("value", [0, 7, 255, None], ids=["0", "7", "255", "noise"])
def test_any_proportions(size: tuple[int, int], value: int | None) -> None:
    plane = noise(*size) if value is None else np.full(size, value, np.uint8)
    np.testing.assert_array_equal(as_read(plane), plane)


@given(
    height=st.integers(1, 50),
    width=st.integers(1, 50),
    levels=st.sampled_from([1, 2, 3, 30, 256]),
    seed=st.integers(0, 2**32),
)
def test_any_contents(height: int, width: int, levels: int, seed: int) -> None:
    plane = np.random.default_rng(seed).integers(0, levels, (height, width), np.uint8)
    np.testing.assert_array_equal(as_read(plane), plane)


@pytest.mark.parametrize("repeats", [*range(1, 12), 4094, 4095, 4096, 4097, 4098, 4099, 4100, 8192, 8193, 8195, 8196])
def test_runs_of_any_length(repeats: int) -> None:
    plane = np.zeros((1, repeats + 2), np.uint8)
    plane[0, 0] = plane[0, -1] = 200
    np.testing.assert_array_equal(as_read(plane), plane)


def test_strided_planes() -> None:
    plane = noise(90, 80, 4)[::2, ::-1, 3]
    np.testing.assert_array_equal(as_read(plane), plane)


def test_frequencies_that_ask_for_codes_longer_than_allowed() -> None:
    """Fibonacci's numbers give Huffman's longest codes; a row of steps gives residuals at will."""
    steps = [np.full(n, step, np.uint8) for step, n in enumerate((1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233), 3)]
    rare = np.concatenate([*steps, *(np.full(377 * 2**n, 40 + n, np.uint8) for n in range(9))])
    shuffled = np.random.default_rng(0).permutation(rare)
    plane = np.cumsum(shuffled, dtype=np.uint8)[None].repeat(2, 0)[:, : (shuffled.size // 100) * 100].reshape(-1, 100)
    np.testing.assert_array_equal(as_read(plane), plane)


def test_a_mask_takes_fewer_bytes_than_libwebp_at_its_fastest() -> None:
    theirs = io.BytesIO()
    Image.fromarray(PLANES["soft edge"]).convert("RGB").save(theirs, "WEBP", lossless=True, method=0)
    assert len(stored(PLANES["soft edge"])) < len(theirs.getvalue())
    assert len(alpha_chunk(PLANES["full"], unhurried)) < 400


def test_stops_between_bands() -> None:
    class Gone(Exception):
        pass

    def gone() -> None:
        raise Gone

    with pytest.raises(Gone):
        alpha_chunk(PLANES["noise"], gone)
