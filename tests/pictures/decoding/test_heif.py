import struct
from contextlib import suppress

import numpy as np
import pytest

from gateway.errors import TruncatedImage, UnsupportedImage
from tests.pictures.decoding.samples import (
    ALPHA,
    DISPLAY_P3,
    GREY,
    P3,
    PHOTO,
    file,
    header,
    in_srgb,
    mean,
    picture,
    rgb,
    worst,
)

HEIC = file("photo.heic")
MIRRORS = {0: np.flipud, 1: np.fliplr}


def boxed(name: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4) + name + body


def with_properties(data: bytes, *properties: bytes) -> bytes:
    """The file whose primary item, the last one, has more properties in their order; what lies behind moves along."""
    ipco = data.index(b"ipco") - 4
    end = ipco + int.from_bytes(data[ipco : ipco + 4])
    first = 1 + _count(data[ipco + 8 : end])
    links = bytes(0x80 | (first + at) for at in range(len(properties)))
    data = _linked(data, links)
    data = data[:end] + b"".join(properties) + data[end:]
    more = len(b"".join(properties))
    for name, by in (
        (b"ipco", more),
        (b"ipma", len(links)),
        (b"iprp", more + len(links)),
        (b"meta", more + len(links)),
    ):
        data = _grown(data, name, by)
    return _moved(data, more + len(links))


def _count(boxes: bytes) -> int:
    count = 0
    while boxes:
        boxes, count = boxes[int.from_bytes(boxes[:4]) :], count + 1
    return count


def _linked(data: bytes, links: bytes) -> bytes:
    ipma = data.index(b"ipma") - 4
    end = at = ipma + int.from_bytes(data[ipma : ipma + 4])
    for _ in range(int.from_bytes(data[ipma + 12 : ipma + 16])):
        at = ipma + 18 if at == end else at + 1 + data[at] + 2
    return data[:at] + bytes((data[at] + len(links),)) + data[at + 1 : end] + links + data[end:]


def _grown(data: bytes, name: bytes, more: int) -> bytes:
    at = data.index(name) - 4
    return data[:at] + (int.from_bytes(data[at : at + 4]) + more).to_bytes(4) + data[at + 4 :]


def _moved(data: bytes, by: int) -> bytes:
    """Items that lie in the file, not in its tables, with offsets of four bytes, as heif-enc writes them."""
    at = data.index(b"iloc") + 4
    assert data[at] == 1 and data[at + 4 : at + 6] == b"\x44\x40"
    patched, position = bytearray(data), at + 8
    for _ in range(int.from_bytes(data[at + 6 : at + 8])):
        method, extents = data[position + 3] & 15, int.from_bytes(data[position + 10 : position + 12])
        for extent in range(position + 12, position + 12 + 8 * extents, 8):
            if method == 0:
                struct.pack_into(">I", patched, extent, int.from_bytes(data[extent : extent + 4]) + by)
        position += 12 + 8 * extents
    return bytes(patched)


def test_colours() -> None:
    found = picture(HEIC)
    assert mean(found.pixels[..., :3], PHOTO) < 4 and not found.transparent
    assert found.pixels.flags.owndata and found.pixels.flags.writeable


@pytest.mark.parametrize("mirror", [None, 0, 1])
@pytest.mark.parametrize("turn", [None, 1, 2, 3])
def test_turned_and_mirrored_as_the_file_says(turn: int | None, mirror: int | None) -> None:
    properties, seen = [], rgb(HEIC)
    if turn is not None:
        properties, seen = [boxed(b"irot", bytes((turn,)))], np.rot90(seen, turn)
    if mirror is not None:
        properties, seen = [*properties, boxed(b"imir", bytes((mirror,)))], MIRRORS[mirror](seen)
    data = with_properties(HEIC, *properties)
    found = header(data)
    assert (found.height, found.width) == seen.shape[:2]
    assert np.array_equal(rgb(data), seen)


def test_exif_has_no_say() -> None:
    """libheif 1.15 copied a JPEG's EXIF and turned nothing: the file itself says that it is stored as it is seen."""
    assert b"Exif" in file("exif_6.heic")
    assert mean(rgb(file("exif_6.heic")), PHOTO) < 5


def test_ten_bits() -> None:
    assert mean(rgb(file("ten_bits.heic")), PHOTO) < 4


def test_grey() -> None:
    found = picture(file("grey.heic"))
    assert mean(found.pixels[..., :3], GREY) < 2 and not found.transparent


@pytest.mark.parametrize("depth", [9, 10, 12, 15])
def test_grey_that_is_called_deeper_than_it_is(depth: int) -> None:
    """pi_heif 1.4 takes the file's word for what the decoder has made: it writes beyond the end of the samples."""
    data = bytearray(file("grey.heic"))
    data[data.index(b"hvcC") + 21] = 0xF8 | depth - 8
    with pytest.raises(UnsupportedImage, match="grey"):
        header(bytes(data))


def test_alpha() -> None:
    found = picture(file("alpha.heic"))
    assert found.transparent and worst(found.pixels[..., 3], ALPHA) <= 6
    assert mean(found.pixels[:, 10:, :3], PHOTO[:, 10:]) < 4


def test_alpha_that_was_multiplied_into_the_colours() -> None:
    """The encoder was told so of colours that were not: they come out brighter by as much."""
    plain, found = picture(file("alpha.heic")).pixels, picture(file("premultiplied.heic")).pixels
    brighter = np.minimum(plain[:, 20:, :3] * (255 / plain[:, 20:, 3:]), 255)
    assert mean(found[:, 20:, :3], brighter) < 1


def test_profile() -> None:
    assert header(file("display_p3.heic")).facts.icc == DISPLAY_P3
    assert mean(rgb(file("display_p3.heic")), in_srgb(PHOTO, P3)) < 5


def test_what_is_told_by_numbers() -> None:
    told = boxed(b"colr", b"nclx" + struct.pack(">HHHB", 12, 13, 6, 0x80))
    data = with_properties(HEIC, told)
    assert header(data).facts.space
    assert mean(rgb(data), in_srgb(PHOTO, P3)) < 6


def test_an_item_without_a_type_ends_nothing() -> None:
    """Asked for the metadata of such a file, pi_heif's own classes end the process."""
    data = file("exif_6.heic")
    at = data.index(b"infe", data.index(b"Exif") - 20) + 4
    with suppress(TruncatedImage):
        assert picture(data[:at] + b"\0" + data[at + 1 :]).width == 60


def test_what_follows_does_not_matter() -> None:
    assert np.array_equal(rgb(HEIC + boxed(b"free", b"junk" * 100)), rgb(HEIC))
