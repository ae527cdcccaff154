import struct
import time

import numpy as np
import pytest
from PIL import Image

from gateway.errors import TooManyPixels, TruncatedImage
from gateway.pictures.decoding.header import read_header
from tests.pictures.decoding.samples import LIMIT, PHOTO, header, picture, rgb, stored

SMALL = Image.fromarray(PHOTO).quantize(64)
GIF = stored(SMALL, "GIF")
SEEN = np.asarray(SMALL.convert("RGB"))


def moved(data: bytes, left: int, top: int, width: int, height: int) -> bytes:
    """The same frame elsewhere on a screen of another size."""
    at = data.index(b",\0\0\0\0")
    return (
        data[:6]
        + struct.pack("<HH", width, height)
        + data[10 : at + 1]
        + struct.pack("<HH", left, top)
        + data[at + 5 :]
    )


@pytest.mark.parametrize("interlace", [0, 1])
def test_palette(interlace: int) -> None:
    found = picture(stored(SMALL, "GIF", interlace=interlace))
    assert np.array_equal(found.pixels[..., :3], SEEN) and not found.transparent


@pytest.mark.parametrize("mode", ["L", "1"])
def test_greys(mode: str) -> None:
    image = Image.fromarray(PHOTO).convert(mode)
    assert np.array_equal(rgb(stored(image, "GIF")), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("index", [0, 3, 63])
def test_transparency(index: int) -> None:
    found = picture(stored(SMALL, "GIF", transparency=index, optimize=False))
    assert found.transparent and np.array_equal(found.pixels[..., 3] == 0, np.asarray(SMALL) == index)


def test_a_frame_smaller_than_its_screen_leaves_it_transparent() -> None:
    found = picture(moved(GIF, 7, 5, 100, 80))
    assert (found.width, found.height, found.transparent) == (100, 80, True)
    assert np.array_equal(found.pixels[5:45, 7:67, :3], SEEN)
    assert (found.pixels[5:45, 7:67, 3] == 255).all() and found.pixels[..., 3].sum() == 255 * 2400


@pytest.mark.parametrize(("screen", "size"), [((10, 10), (67, 45)), ((0, 0), (67, 45)), ((500, 10), (500, 45))])
def test_a_frame_larger_than_its_screen_widens_it(screen: tuple[int, int], size: tuple[int, int]) -> None:
    found = header(moved(GIF, 7, 5, *screen))
    assert (found.width, found.height) == size


def test_a_frame_counts_against_the_limit_as_its_screen_does() -> None:
    with pytest.raises(TooManyPixels):
        read_header(moved(GIF, 60000, 60000, 1, 1), LIMIT)


def test_the_first_frame_of_an_animation() -> None:
    other = Image.fromarray(255 - PHOTO)
    data = stored(SMALL, "GIF", save_all=True, append_images=[other], loop=0, disposal=2, comment=b"x" * 1000)
    assert np.array_equal(rgb(data), SEEN)


def test_what_follows_does_not_matter() -> None:
    assert np.array_equal(rgb(GIF + b"junk"), SEEN) and np.array_equal(rgb(GIF[:-1]), SEEN)


def test_a_frame_of_nothing_is_damaged() -> None:
    at = GIF.index(b",\0\0\0\0")
    with pytest.raises(TruncatedImage):
        header(GIF[: at + 5] + bytes(4) + GIF[at + 9 :])


@pytest.mark.parametrize(
    "block", [b"!\xfe\0" * 4_000_000, b"!\xfe" + b"\1a" * 4_000_000 + b"\0"], ids=["empty", "a byte each"]
)
def test_endless_comments_are_refused_soon(block: bytes) -> None:
    at = GIF.index(b",\0\0\0\0")
    begin = time.thread_time()
    with pytest.raises(TruncatedImage):
        header(GIF[:at] + block + GIF[at:])
    assert time.thread_time() - begin < 2
