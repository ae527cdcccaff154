import struct
import time
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from gateway.errors import GatewayError, TruncatedImage, UnsupportedImage
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
    stored,
    worst,
)

TIFF = stored(PHOTO, "TIFF")


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("lzw.tiff", 0),
        ("packbits.tiff", 0),
        ("deep_deflate_msb.tiff", 0),
        ("tiled.tiff", 0),
        ("tiled_deflate.tiff", 0),
        ("big.tiff", 0),
        ("planar.tiff", 0),
        ("jpeg.tiff", 10),
        ("lab.tiff", 7),
        ("cmyk.tiff", 1),
    ],
)
def test_files_of_other_programs(name: str, bound: int) -> None:
    found = picture(file(name))
    assert worst(found.pixels[..., :3], PHOTO) <= bound and not found.transparent


def test_grey_of_16_bits() -> None:
    assert worst(rgb(file("grey_deep.tiff")), GREY) <= 1


def test_palette_and_one_bit() -> None:
    assert mean(rgb(file("palette.tiff")), PHOTO) < 12
    assert set(np.unique(rgb(file("one_bit.tiff")))) == {0, 255}


def test_alpha() -> None:
    found = picture(file("alpha.tiff"))
    assert (
        found.transparent and worst(found.pixels[..., 3], ALPHA) <= 1 and np.array_equal(found.pixels[..., :3], PHOTO)
    )


def test_alpha_that_was_multiplied_into_the_colours() -> None:
    found = picture(file("premultiplied.tiff"))
    seen = slice(10, None)  # where alpha leaves something of the colours
    assert found.transparent and worst(found.pixels[..., 3], ALPHA) <= 1
    assert worst(found.pixels[:, seen, :3], PHOTO[:, seen]) <= 4


def test_the_first_page() -> None:
    data = stored(PHOTO, "TIFF", save_all=True, append_images=[Image.fromarray(255 - PHOTO)])
    assert np.array_equal(rgb(data), PHOTO)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_orientation(orientation: int, compression: str | None) -> None:
    turns = {3: 2, 6: 1}[orientation]
    data = stored(np.rot90(PHOTO, turns).copy(), "TIFF", tiffinfo={0x0112: orientation}, compression=compression)
    found = picture(data)
    assert np.array_equal(found.pixels[..., :3], PHOTO) and header(data).width == 60


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "1", "P", "CMYK", "I;16"])
def test_modes(mode: str) -> None:
    image = Image.fromarray(PHOTO).convert("L" if mode == "I;16" else mode)
    deep = Image.fromarray(np.asarray(image).astype(np.uint16) * 257) if mode == "I;16" else image
    assert worst(picture(stored(deep, "TIFF")).pixels, np.asarray(image.convert("RGBA"))) <= 1


def test_profile() -> None:
    assert worst(rgb(stored(PHOTO, "TIFF", icc_profile=DISPLAY_P3)), in_srgb(PHOTO, P3)) <= 2


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(Image.fromarray(PHOTO[..., 0].astype(np.float32)), id="floating point"),
        pytest.param(Image.fromarray(PHOTO[..., 0].astype(np.int32)), id="32 bits"),
    ],
)
def test_rare_samples_are_refused_by_name(image: Image.Image) -> None:
    with pytest.raises(UnsupportedImage, match="8 and 16 bits"):
        header(stored(image, "TIFF"))


def test_rare_compression_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedImage, match="compressed"):
        header(file("fax.tiff"))


def with_tags(data: bytes, **values: tuple[int, ...]) -> bytes:
    """`data`, little-endian, with one directory at its end whose tags, by number, are of other values."""
    start = struct.unpack_from("<I", data, 4)[0]
    [count] = struct.unpack_from("<H", data, start)
    tags = {}
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, of, length, value = struct.unpack_from("<HHI4s", data, at)
        tags[tag] = (of, length, value)
    beyond, base = b"", len(data) + 2 + 12 * (len(tags) + len(values)) + 4
    for name, numbers in values.items():
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        field = packed if len(numbers) == 1 else struct.pack("<I", base + len(beyond))
        beyond += packed if len(numbers) > 1 else b""
        tags[int(name[1:])] = (4, len(numbers), field)
    table = b"".join(struct.pack("<HHI4s", tag, *tags[tag]) for tag in sorted(tags))
    pad = bytes(12 * (len(values) - (len(tags) - count)))
    return (
        data[:4]
        + struct.pack("<I", len(data))
        + data[8:]
        + struct.pack("<H", len(tags))
        + table
        + bytes(4)
        + pad
        + beyond
    )


def test_the_helper_that_changes_tags_changes_nothing_else() -> None:
    assert np.array_equal(rgb(with_tags(TIFF, t257=(40,))), PHOTO)
    assert picture(with_tags(TIFF, t257=(20,))).height == 20


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_greys_that_begin_at_white(depth: int, compression: str | None) -> None:
    negative = 255 - GREY[..., 0]
    samples = negative if depth == 8 else negative.astype(np.uint16) * 257
    data = with_tags(stored(Image.fromarray(samples), "TIFF", compression=compression), t262=(0,))
    assert worst(rgb(data), GREY) == 0


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({"t50706": (0x00000401,)}, id="DNG"),
        pytest.param({"t254": (1,), "t330": (8,)}, id="a thumbnail before the sensor's"),
        pytest.param({"t259": (34713,)}, id="Nikon"),
        pytest.param({"t259": (32767,)}, id="Sony"),
    ],
)
def test_raw_files_are_refused_by_name(tags: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(UnsupportedImage, match="raw file"):
        header(with_tags(TIFF, **tags))


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({"t256": (60, 1, 2, 3)}, id="several widths"),
        pytest.param({"t278": (40, 40)}, id="several strip sizes"),
        pytest.param({"t284": (1, 1, 1)}, id="several plane orders"),
        pytest.param({"t700": tuple(range(1000))}, id="much XMP"),
        pytest.param({"t34675": tuple(range(100))}, id="a damaged profile"),
        pytest.param({"t274": (77,)}, id="an unknown orientation"),
        pytest.param({"t34665": (8,)}, id="EXIF that is the picture itself"),
        pytest.param({"t330": (8,)}, id="sub-directories that loop"),
    ],
)
def test_what_changes_nothing(tags: dict[str, tuple[int, ...]]) -> None:
    assert np.array_equal(rgb(with_tags(TIFF, **tags)), PHOTO)


def test_directories_that_loop() -> None:
    start = struct.unpack_from("<I", TIFF, 4)[0]
    [count] = struct.unpack_from("<H", TIFF, start)
    after = start + 2 + 12 * count
    assert np.array_equal(rgb(TIFF[:after] + struct.pack("<I", start) + TIFF[after + 4 :]), PHOTO)


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({"t273": (8,) * 70_000}, id="strips without end"),
        pytest.param({"t273": (10**9,)}, id="a strip far away"),
        pytest.param({"t277": (65535,)}, id="samples without end"),
        pytest.param({"t258": (8,) * 5000}, id="depths without end"),
        pytest.param({"t259": (5,)}, id="pixels that are not what they are called"),
        pytest.param({"t259": (8,)}, id="pixels that are not deflated"),
        pytest.param(
            {"t322": (60000,), "t323": (60000,), "t324": (8,), "t325": (8,)}, id="a tile larger than the picture"
        ),
        pytest.param({"t322": (0,), "t323": (0,), "t324": (8,), "t325": (8,)}, id="tiles of nothing"),
        pytest.param({"t278": (0,)}, id="strips of nothing"),
        pytest.param({"t278": (2**31,)}, id="an endless strip"),
    ],
)
def test_hostile_tags_are_refused_or_harmless_and_soon(tags: dict[str, tuple[int, ...]], capfd) -> None:
    begin = time.thread_time()
    with suppress(GatewayError):
        assert picture(with_tags(TIFF, **tags)).width == 60
    assert time.thread_time() - begin < 0.5
    assert capfd.readouterr() == ("", "")


def test_libtiff_writes_nothing_to_standard_error(capfd) -> None:
    data = bytearray(file("tiled_deflate.tiff"))
    data[8:100] = bytes(92)
    with pytest.raises(TruncatedImage):
        picture(bytes(data))
    assert capfd.readouterr() == ("", "")
