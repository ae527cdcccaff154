import gc
import io

import numpy as np
import pytest
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.PngImagePlugin import PngImageFile

from gateway.pictures.buffers import decoded, shared
from tests.pictures.decoding.samples import PHOTO, stored


def opened(pixels: np.ndarray) -> PngImageFile:
    return PngImageFile(io.BytesIO(stored(pixels, "PNG")))


def test_a_decoder_writes_into_the_array_and_nowhere_else() -> None:
    image = opened(PHOTO)
    array = decoded(image)
    array[3, 5] = (1, 2, 3, 255)
    assert image.getpixel((5, 3)) == (1, 2, 3)


def test_the_array_owns_its_memory_and_outlives_the_picture() -> None:
    array = decoded(opened(PHOTO))
    assert array.flags.owndata and array.flags.writeable and array.flags.c_contiguous
    gc.collect()
    others = [np.full((40, 60, 4), 7, np.uint8) for _ in range(50)]  # would take the memory if it were free
    assert np.array_equal(array[..., :3], PHOTO) and len(others) == 50


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "LA", "RGB", "RGBA"])
def test_each_mode_is_laid_out_as_said(mode: str) -> None:
    image = PngImageFile(io.BytesIO(stored(_of(mode), "PNG")))
    array = decoded(image)
    seen = np.asarray(image).astype(int) * (255 if mode == "1" else 1)
    if mode in ("RGB", "LA"):
        array = array[..., {"RGB": (0, 1, 2), "LA": (0, 3)}[mode]]
    assert np.array_equal(array, seen)


def _of(mode: str) -> Image.Image:
    deep = Image.fromarray(np.arange(2400, dtype=np.uint16).reshape(40, 60))
    return deep if mode == "I;16" else Image.fromarray(PHOTO).convert(mode)


def test_what_a_decoder_leaves_out_is_zero() -> None:
    rows = stored(PHOTO, "BMP")
    image = BmpImageFile(io.BytesIO(rows))
    image.tile = [tile._replace(extents=(0, 0, 60, 20)) for tile in image.tile]
    assert not decoded(image)[20:].any()


def test_a_mode_of_32_bits_is_not_read() -> None:
    image = opened(PHOTO)
    image._mode = "F"
    with pytest.raises(KeyError):
        decoded(image)


def test_an_array_and_a_picture_over_it_are_one() -> None:
    pixels = np.zeros((2, 3, 4), np.uint8)
    image = shared(pixels, "RGB")
    pixels[1, 2] = (9, 8, 7, 0)
    assert (image.size, image.getpixel((2, 1))) == ((3, 2), (9, 8, 7))


def test_a_picture_keeps_its_array_alive() -> None:
    image = shared(np.full((40, 60, 4), 5, np.uint8), "RGBA")
    gc.collect()
    others = [np.full((40, 60, 4), 7, np.uint8) for _ in range(50)]
    assert image.getextrema() == ((5, 5),) * 4 and len(others) == 50
