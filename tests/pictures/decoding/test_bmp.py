import struct
import time

import numpy as np
import pytest
from PIL import Image

from gateway.errors import TruncatedImage, UnsupportedImage
from tests.pictures.decoding.samples import ALPHA, PHOTO, file, header, mean, picture, rgb, stored, worst

BMP = stored(PHOTO, "BMP")


def test_colours() -> None:
    found = picture(BMP)
    assert np.array_equal(found.pixels[..., :3], PHOTO) and not found.transparent


@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_modes(mode: str) -> None:
    image = Image.fromarray(PHOTO).convert(mode)
    assert np.array_equal(rgb(stored(image, "BMP")), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("name", ["565.bmp", "555.bmp"])
def test_16_bits_of_another_program(name: str) -> None:
    assert worst(rgb(file(name)), PHOTO) <= 9


def test_run_lengths_of_another_program() -> None:
    assert mean(rgb(file("rle.bmp")), PHOTO) < 12 and len(np.unique(rgb(file("rle.bmp")).reshape(-1, 3), axis=0)) == 16


def test_one_bit_of_another_program() -> None:
    assert set(np.unique(rgb(file("one_bit.bmp")))) == {0, 255}


def test_alpha_of_another_program() -> None:
    found = picture(file("alpha.bmp"))
    assert (
        found.transparent and np.array_equal(found.pixels[..., :3], PHOTO) and worst(found.pixels[..., 3], ALPHA) <= 1
    )


def test_an_alpha_that_nobody_filled_in_is_none() -> None:
    data = file("alpha.bmp")
    start = int.from_bytes(data[10:14], "little")
    pixels = np.frombuffer(data[start:], np.uint8).reshape(-1, 4).copy()
    pixels[:, 3] = 0
    found = picture(data[:start] + pixels.tobytes())
    assert not found.transparent and (found.pixels[..., 3] == 255).all()


def test_rows_from_above() -> None:
    start = int.from_bytes(BMP[10:14], "little")
    rows = np.frombuffer(BMP[start:], np.uint8).reshape(40, 180)[::-1].tobytes()
    assert np.array_equal(rgb(BMP[:22] + struct.pack("<i", -40) + BMP[26:start] + rows), PHOTO)


def test_the_oldest_header() -> None:
    start = int.from_bytes(BMP[10:14], "little")
    old = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, 60, 40, 1, 24)
    assert np.array_equal(rgb(old + BMP[start:]), PHOTO)


@pytest.mark.parametrize("compression", [4, 5])
def test_what_is_packed_for_printers_is_refused(compression: int) -> None:
    with pytest.raises(UnsupportedImage, match="BMP"):
        header(BMP[:30] + struct.pack("<I", compression) + BMP[34:])


def test_run_lengths_that_would_take_long_are_refused() -> None:
    data = file("rle.bmp")
    begin = time.thread_time()
    with pytest.raises(UnsupportedImage):
        header(data[:-2] + b"\1\1" * 1_000_000 + data[-2:])
    assert time.thread_time() - begin < 0.1


def test_a_negative_width_is_damage() -> None:
    with pytest.raises(TruncatedImage):
        header(BMP[:18] + struct.pack("<i", -60) + BMP[22:])
