"""Pictures written anew."""

import io

import numpy as np
import pytest
from PIL import Image

from gateway.customers.anew import written
from gateway.errors import TruncatedImage, UnsupportedImage
from tests.photos import opened, photo, stored

SECRET = b"48.137154 North"


def with_exif() -> bytes:
    image = Image.open(io.BytesIO(photo("chelsea")))
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    exif[0x010E] = SECRET.decode()
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, comment=SECRET)
    return stream.getvalue() + SECRET


def test_nothing_but_pixels_is_kept() -> None:
    data = with_exif()
    assert SECRET in data
    found = written(data, 10**8)
    assert SECRET not in found.body
    image = opened(found.body)
    assert (found.media_type, found.suffix, image.format) == ("image/jpeg", "jpg", "JPEG")
    assert image.size == (300, 451)  # turned upright
    assert not image.getexif()


@pytest.mark.parametrize(
    ("kind", "expected", "exact"),
    [
        ("PNG", "png", True),
        ("WEBP", "webp", False),
        ("JPEG", "jpg", False),
        ("BMP", "jpg", False),
        ("GIF", "jpg", False),
    ],
)
def test_formats(kind: str, expected: str, exact: bool) -> None:
    data = photo("coffee", kind)
    found = written(data, 10**8)
    assert found.suffix == expected
    one, other = (np.asarray(opened(each).convert("RGB")).astype(int) for each in (data, found.body))
    assert np.array_equal(one, other) if exact else np.abs(one - other).mean() < 4


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_kept(kind: str) -> None:
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[5:15, 5:25] = (200, 100, 50, 128)
    found = opened(written(stored(pixels, kind), 10**8).body)
    assert np.array_equal(np.asarray(found.convert("RGBA"))[..., 3], pixels[..., 3])


@pytest.mark.parametrize(("data", "error"), [(b"<svg/>", UnsupportedImage), (photo("coffee")[:5000], TruncatedImage)])
def test_what_is_no_picture(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        written(data, 10**8)
