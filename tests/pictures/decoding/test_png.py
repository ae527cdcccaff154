import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from gateway.errors import TruncatedImage
from tests.pictures.decoding.samples import (
    BT2020,
    CAT,
    DISPLAY_P3,
    GREY,
    P3,
    PHOTO,
    SRGB,
    chunk,
    file,
    header,
    in_srgb,
    oriented,
    picture,
    rgb,
    stored,
    with_chunks,
    worst,
)

PNG = stored(PHOTO, "PNG")
P3_POINTS = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
SRGB_POINTS = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def points(values: tuple[int, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *values))


def gamma(value: int) -> bytes:
    return chunk(b"gAMA", value.to_bytes(4))


def profile(icc: bytes) -> bytes:
    return chunk(b"iCCP", b"x\0\0" + zlib.compress(icc))


def built(width: int, bits: int, colour_type: int, row: bytes, *chunks: bytes) -> bytes:
    """A PNG of one row."""
    head = struct.pack(">IIBBBBB", width, 1, bits, colour_type, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunks) + body


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "1", "P"])
def test_modes(mode: str) -> None:
    image = Image.fromarray(PHOTO).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    found = picture(stored(image, "PNG"))
    assert np.array_equal(found.pixels, np.asarray(image.convert("RGBA")))
    assert found.transparent == mode.endswith("A")


@pytest.mark.parametrize(("name", "seen"), [("interlaced_deep.png", PHOTO), ("grey_deep.png", GREY)])
def test_files_of_16_bits_by_other_programs(name: str, seen: np.ndarray) -> None:
    assert worst(rgb(file(name)), seen) <= 1


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_greys_of_any_depth_reach_white(bits: int) -> None:
    row = b"\0\0" + b"\xff" * 2
    width = 32 // bits
    levels = rgb(built(width, bits, 0, row))[0, :, 0]
    assert (levels[0], levels[-1]) == (0, 255)


def test_16_bits_with_alpha() -> None:
    samples = np.array([[0, 128, 255, 0], [65535, 32768, 1, 65535], [25700, 25700, 25700, 32896]], ">u2")
    found = picture(built(3, 16, 6, samples.tobytes()))
    assert found.transparent and worst(found.pixels[0], samples.astype(int) // 257) <= 1


@pytest.mark.parametrize(
    ("bits", "colour_type", "row", "key", "hidden"),
    [
        pytest.param(8, 2, bytes((1, 2, 3, 1, 2, 4)), bytes((0, 1, 0, 2, 0, 3)), [0, 255], id="RGB"),
        pytest.param(8, 0, b"\x07\x08", b"\0\x07", [0, 255], id="grey"),
        pytest.param(4, 0, b"\x78", b"\0\x07", [0, 255], id="grey of 4 bits"),
        pytest.param(1, 0, b"\x40", b"\0\1", [255, 0], id="1 bit"),
        pytest.param(1, 0, b"\x40", b"\0\xff", [255, 0], id="1 bit, and more bits than count"),
        pytest.param(16, 0, b"\x01\x00\x01\x01", b"\x01\x01", [255, 0], id="grey of 16 bits"),
        pytest.param(8, 3, b"\0\1", b"\0", [0, 255], id="palette"),
        pytest.param(8, 3, b"\0\1", b"\x80\x40", [0x80, 0x40], id="palette, partly"),
    ],
)
def test_transparency_that_is_no_channel(
    bits: int, colour_type: int, row: bytes, key: bytes, hidden: list[int]
) -> None:
    palette = [chunk(b"PLTE", bytes((9, 9, 9, 200, 100, 50)))] if colour_type == 3 else []
    found = picture(built(2, bits, colour_type, row, *palette, chunk(b"tRNS", key)))
    assert found.transparent and found.pixels[0, :, 3].tolist() == hidden


def test_colours_that_the_palette_lacks_are_black() -> None:
    found = picture(built(2, 8, 3, b"\0\xff", chunk(b"PLTE", bytes((9, 8, 7)))))
    assert found.pixels[0].tolist() == [[9, 8, 7, 255], [0, 0, 0, 255]]


@pytest.mark.parametrize("orientation", [3, 6])
def test_orientation(orientation: int) -> None:
    data = PNG[:-12] + chunk(b"eXIf", oriented(orientation)) + PNG[-12:]
    turned = rgb(data)
    assert np.array_equal(np.rot90(turned, {3: 2, 6: 1}[orientation]), PHOTO)


@pytest.mark.parametrize(
    ("chunks", "primaries", "power"),
    [
        pytest.param((profile(DISPLAY_P3),), P3, None, id="a profile"),
        pytest.param((points(P3_POINTS), gamma(45455)), P3, None, id="primaries, and sRGB's gamma"),
        pytest.param((points(P3_POINTS),), P3, None, id="primaries alone"),
        pytest.param((points(P3_POINTS), gamma(55556)), P3, 1.8, id="primaries and another gamma"),
        pytest.param((gamma(100000),), None, 1.0, id="linear light"),
        pytest.param((chunk(b"cICP", bytes((12, 13, 0, 1))),), P3, None, id="code points"),
        pytest.param((chunk(b"cICP", bytes((9, 13, 0, 1))), profile(DISPLAY_P3)), BT2020, None, id="code points first"),
        pytest.param((profile(DISPLAY_P3), gamma(100000)), P3, None, id="a profile before gamma"),
    ],
)
def test_colours_that_are_told(chunks, primaries, power) -> None:
    assert worst(rgb(with_chunks(PNG, *chunks)), in_srgb(PHOTO, primaries or SRGB, power)) <= 2


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param((gamma(45455),), id="gamma alone"),
        pytest.param((gamma(45455), points(SRGB_POINTS)), id="as ImageMagick writes it"),
        pytest.param((gamma(45454), points(SRGB_POINTS)), id="rounded"),
        pytest.param((chunk(b"sRGB", b"\0"), gamma(100000)), id="sRGB"),
        pytest.param((chunk(b"cICP", bytes((1, 13, 0, 1))), profile(DISPLAY_P3)), id="code points of sRGB"),
        pytest.param((gamma(0),), id="no gamma"),
        pytest.param((points((0,) * 8),), id="no primaries"),
        pytest.param((chunk(b"cHRM", b"x"),), id="cut primaries"),
        pytest.param((chunk(b"iCCP", b"x\0\0junk"),), id="a damaged profile"),
        pytest.param((profile(b"x" * 10_000_000),), id="a profile of 10 MB"),
        pytest.param((chunk(b"eXIf", b"junk"),), id="damaged EXIF"),
        pytest.param((chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(3_000_000))),), id="3 MB of text"),
        pytest.param((chunk(b"tEXt", b"x\0y")[:-1] + b"!",), id="text of a wrong checksum"),
        pytest.param((chunk(b"acTL", bytes(8)), chunk(b"fcTL", bytes(26))), id="a damaged animation"),
    ],
)
def test_what_changes_nothing(chunks: tuple[bytes, ...]) -> None:
    begin = time.thread_time()
    assert np.array_equal(rgb(with_chunks(PNG, *chunks)), PHOTO)
    assert time.thread_time() - begin < 0.2


def test_an_animated_one_stands_still() -> None:
    frames = [Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)]
    data = stored(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert b"acTL" in data and np.array_equal(rgb(data), PHOTO)


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT", b"PLTE"])
def test_a_wrong_checksum_is_damage(name: bytes) -> None:
    data = bytearray(stored(Image.fromarray(CAT).convert("P"), "PNG"))
    at = data.index(name) + 5
    data[at + 8] ^= 1
    with pytest.raises(TruncatedImage):
        picture(bytes(data))


def test_a_missing_end_mark_is_no_damage() -> None:
    assert np.array_equal(rgb(PNG[:-12]), PHOTO) and np.array_equal(rgb(PNG + b"junk" * 100), PHOTO)


def test_pixels_in_a_chunk_each() -> None:
    at = PNG.index(b"IDAT") - 4
    body = PNG[at + 8 : at + 8 + int.from_bytes(PNG[at : at + 4])]
    data = PNG[:at] + b"".join(chunk(b"IDAT", body[k : k + 1]) for k in range(len(body))) + chunk(b"IEND", b"")
    assert np.array_equal(rgb(data), PHOTO)


def test_more_chunks_than_pictures_have_are_refused_at_once() -> None:
    data = with_chunks(PNG, *[chunk(b"teXt", b"")] * 200_000)
    begin = time.thread_time()
    with pytest.raises(TruncatedImage):
        picture(data)
    assert time.thread_time() - begin < 1


def test_pillow_and_we_agree_on_its_size() -> None:
    with Image.open(io.BytesIO(PNG)) as image:
        assert image.size == (header(PNG).width, header(PNG).height)
