import re
import struct
import time

import numpy as np
import pytest
from PIL import Image

from gateway.errors import GatewayError, TooManyPixels, TruncatedImage
from gateway.pictures.decoding.header import MAX_SIDE, read_header
from tests.pictures.decoding.samples import (
    KINDS,
    LIMIT,
    PHOTO,
    chunk,
    every_kind,
    file,
    header,
    oriented,
    picture,
    stored,
    with_segment,
)


@pytest.mark.parametrize("kind", every_kind())
def test_size_and_kind(kind: str) -> None:
    found = header(every_kind()[kind])
    assert (found.width, found.height, found.media_type) == (60, 40, f"image/{kind.lower()}")
    assert (found.orientation, found.facts.space) == (1, None)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_upright_picture(orientation: int) -> None:
    found = header(with_segment(stored(PHOTO, "JPEG"), 0xE1, b"Exif\0\0" + oriented(orientation)))
    assert found.orientation == orientation
    assert (found.width, found.height) == ((60, 40) if orientation < 5 else (40, 60))


@pytest.mark.parametrize("kind", every_kind())
def test_the_limit_is_exact(kind: str) -> None:
    data = every_kind()[kind]
    assert read_header(data, 2400).width == 60
    with pytest.raises(TooManyPixels) as refused:
        read_header(data, 2399)
    assert (refused.value.limit, refused.value.actual) == (2399, 2400)


@pytest.mark.parametrize(
    ("width", "height", "limit", "sentence"),
    [
        (12000, 10000, 50_000_000, "The picture has 120 megapixels (12000 × 10000); 50 are allowed."),
        (10000, 5001, 50_000_000, "The picture has 50.01 megapixels (10000 × 5001); 50 are allowed."),
        (50_000_001, 1, 50_000_000, "The picture has 50.000001 megapixels (50000001 × 1); 50 are allowed."),
        (8000, 8000, 24_500_000, "The picture has 64 megapixels (8000 × 8000); 24.5 are allowed."),
        (70000, 10, 50_000_000, "The picture is 70000 × 10 pixels; 65535 are allowed a side."),
    ],
)
def test_what_is_too_large_is_told_in_people_s_units(width: int, height: int, limit: int, sentence: str) -> None:
    with pytest.raises(TooManyPixels) as refused:
        read_header(resized("PNG", width, height), limit)
    assert refused.value.detail == sentence


def resized(kind: str, width: int, height: int) -> bytes:
    """A file that says it is of another size than it is."""
    data = every_kind()[kind]
    if kind == "PNG":
        return data[:8] + chunk(b"IHDR", struct.pack(">II", width, height) + data[24:29]) + data[33:]
    if kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]
    if kind in ("AVIF", "HEIC"):
        return re.sub(
            rb"(ispe....)........", lambda found: found[1] + struct.pack(">II", width, height), data, flags=re.DOTALL
        )
    if kind == "BMP":
        return data[:18] + struct.pack("<ii", width, height) + data[26:]
    if kind == "GIF":
        return data[:6] + struct.pack("<HH", width, height) + data[10:]
    if kind == "WEBP":
        return data[:26] + struct.pack("<HH", width, height) + data[30:]
    old = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in ((256, 60), (257, 40))]
    new = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in ((256, width), (257, height))]
    return data.replace(old[0], new[0]).replace(old[1], new[1])


HUGE = {"JPEG": 65535, "GIF": 65535, "WEBP": 16383}


@pytest.mark.parametrize("kind", every_kind())
def test_bombs_are_refused_before_anything_is_decoded(kind: str) -> None:
    data = resized(kind, HUGE.get(kind, 60000), HUGE.get(kind, 60000))
    begin = time.thread_time()
    with pytest.raises((TooManyPixels, TruncatedImage)):
        read_header(data, 50_000_000)
    assert time.thread_time() - begin < 0.1


@pytest.mark.parametrize("kind", [kind for kind in every_kind() if kind != "GIF"])  # whose frame counts, too
def test_a_picture_of_nothing_is_damaged(kind: str) -> None:
    with pytest.raises(TruncatedImage):
        read_header(resized(kind, 0, 0), LIMIT)


@pytest.mark.parametrize("size", [(61, 40), (60, 41), (59, 40), (60, 39), (600, 400), (30, 20)])
@pytest.mark.parametrize("kind", [kind for kind in every_kind() if kind != "GIF"])  # whose screen may be larger
def test_a_header_that_lies_about_the_size_is_found_out_or_believed(kind: str, size: tuple[int, int]) -> None:
    data = resized(kind, *size)
    try:
        found = picture(data)
    except GatewayError:
        return
    assert (found.width, found.height) == size


def test_what_avif_holds_counts_more_than_what_it_is_called() -> None:
    """The decoder would make all of what is inside, whatever the container says."""
    data = stored(Image.new("RGB", (2000, 2000)), "AVIF", speed=10)
    at = data.index(b"ispe") + 8
    lying = data[:at] + struct.pack(">II", 64, 64) + data[at + 8 :]
    with pytest.raises(TooManyPixels) as refused:
        read_header(lying, LIMIT)
    assert refused.value.actual == 4_000_000


def test_sides_end_at_what_formats_and_libraries_bear() -> None:
    assert MAX_SIDE == 65535
    assert read_header(resized("PNG", 65535, 1), LIMIT).width == 65535
    with pytest.raises(TooManyPixels):
        read_header(resized("PNG", 65536, 1), LIMIT)


@pytest.mark.parametrize("kind", every_kind())
def test_is_cheap(kind: str) -> None:
    large = np.random.default_rng(0).integers(0, 256, (700, 1000), np.uint8)
    data = stored(large, kind, **({"speed": 10} if kind == "AVIF" else {})) if kind in KINDS else file("photo.heic")
    spent = []
    for _ in range(5):
        begin = time.thread_time()
        read_header(data, 50_000_000)
        spent.append(time.thread_time() - begin)
    assert min(spent) < 0.005
