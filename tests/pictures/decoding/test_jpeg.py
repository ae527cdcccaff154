import io
import time

import numpy as np
import pytest
from PIL import Image

from gateway.errors import TruncatedImage, UnsupportedImage
from tests.pictures.decoding.samples import (
    CAT,
    DISPLAY_P3,
    GREY,
    P3,
    PHOTO,
    file,
    header,
    in_srgb,
    mean,
    oriented,
    picture,
    rgb,
    stored,
    with_segment,
    worst,
)

JPEG = stored(CAT, "JPEG", quality=95)
EXIF = b"Exif\0\0" + oriented(6)


def test_is_what_pillow_decodes() -> None:
    found = picture(JPEG)
    with Image.open(io.BytesIO(JPEG)) as image:
        assert np.array_equal(found.pixels, np.asarray(image.convert("RGBA")))
    assert not found.transparent and found.pixels.flags.owndata and found.pixels.flags.writeable


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (17, 17), (15, 40)])
def test_every_size(size: tuple[int, int], progressive: bool, subsampling: int) -> None:
    pixels = CAT[: size[1], : size[0]]
    data = stored(np.ascontiguousarray(pixels), "JPEG", quality=98, progressive=progressive, subsampling=subsampling)
    assert mean(rgb(data), pixels) < 8


@pytest.mark.parametrize(("name", "seen"), [("progressive.jpg", PHOTO), ("cmyk.jpg", PHOTO), ("grey.jpg", GREY)])
def test_files_of_other_programs(name: str, seen: np.ndarray) -> None:
    assert mean(rgb(file(name)), seen) < 3


def test_inks_as_adobe_stores_them() -> None:
    """Inverted, and turned into luminance and chrominance."""
    inks = Image.fromarray(255 - CAT).convert("RGB")
    image = Image.merge("CMYK", [*inks.split(), Image.new("L", inks.size, 30)])
    seen = CAT.astype(float) * (225 / 255)
    assert mean(rgb(stored(image, "JPEG", quality=98)), seen) < 3


def test_a_profile_in_parts_in_any_order() -> None:
    parts = [
        b"ICC_PROFILE\0" + bytes((number, 2)) + part for number, part in ((1, DISPLAY_P3[:300]), (2, DISPLAY_P3[300:]))
    ]
    for order in (parts, parts[::-1]):
        data = with_segment(with_segment(JPEG, 0xE2, order[1]), 0xE2, order[0])
        assert header(data).facts.icc == DISPLAY_P3
        assert worst(rgb(data), in_srgb(rgb(JPEG), P3)) <= 2


def test_the_first_of_several_pictures() -> None:
    """As Samsung's and Apple's phones write them: with an index, and others, also a film, behind."""
    index = b"MPF\0II*\0\x08\0\0\0\0\0"
    data = with_segment(with_segment(JPEG, 0xE2, index), 0xE1, EXIF) + stored(PHOTO, "JPEG") + b"ftypmp42" * 1000
    found = picture(data)
    assert (found.width, found.height) == (100, 151)
    assert mean(np.rot90(found.pixels[..., :3]), CAT) < 4


def test_a_thumbnail_is_not_the_picture() -> None:
    data = with_segment(JPEG, 0xE1, EXIF + stored(PHOTO, "JPEG"))
    assert picture(data).height == 151


@pytest.mark.parametrize("cut", [1, 2])
def test_without_its_end_mark_nobody_knows_what_is_missing(cut: int) -> None:
    with pytest.raises(TruncatedImage):
        picture(JPEG[:-cut])


@pytest.mark.parametrize(
    "junk", [b"\0" * 5000, b"\xff" * 100, b"\r\n", b"x" * 3000], ids=["zeros", "ones", "line", "text"]
)
def test_what_follows_the_picture_does_not_matter(junk: bytes) -> None:
    assert np.array_equal(rgb(JPEG + junk), rgb(JPEG))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_ends_in_zeros_was_not_stored_whole(share: float) -> None:
    kept = int(len(JPEG) * share)
    with pytest.raises(TruncatedImage):
        picture(JPEG[:kept] + bytes(len(JPEG) - kept))


@pytest.mark.parametrize(
    "segment",
    [
        pytest.param((0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"), id="EXIF"),
        pytest.param((0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta"), id="XMP"),
        pytest.param((0xE2, b"ICC_PROFILE\0\1\1" + b"x" * 500), id="ICC"),
        pytest.param((0xE2, b"ICC_PROFILE\0"), id="no ICC"),
        pytest.param((0xE2, b"MPF\0" + b"\xff" * 50), id="MPF"),
        pytest.param((0xED, b"Photoshop 3.0\x008BIM" + b"\xff" * 50), id="Photoshop"),
        pytest.param((0xE0, b"JFIF\0"), id="JFIF"),
        pytest.param((0xFE, b""), id="comment"),
    ],
)
def test_damaged_metadata_do_not_matter(segment: tuple[int, bytes]) -> None:
    assert np.array_equal(rgb(with_segment(JPEG, *segment)), rgb(JPEG))


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xCB, 0xCF])
def test_rare_kinds_are_refused_by_name(marker: int) -> None:
    with pytest.raises(UnsupportedImage, match="lossless"):
        header(JPEG.replace(b"\xff\xc0", bytes((0xFF, marker)), 1))


@pytest.mark.parametrize(("at", "value"), [pytest.param(4, 12, id="12 bits"), pytest.param(9, 2, id="2 colours")])
def test_rare_samples_are_refused_by_name(at: int, value: int) -> None:
    data = bytearray(JPEG)
    data[JPEG.index(b"\xff\xc0") + at] = value
    with pytest.raises(UnsupportedImage):
        header(bytes(data))


def test_a_picture_of_thousands_of_scans_is_refused() -> None:
    data = stored(CAT, "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert header(data[:-2] + scan * 20 + data[-2:])
    begin = time.thread_time()
    with pytest.raises(TruncatedImage):
        header(data[:-2] + scan * 5000 + data[-2:])
    assert time.thread_time() - begin < 0.1


SIDES = [(None, 151), (151, 151), (76, 151), (75, 76), (38, 76), (37, 38), (19, 38), (18, 19), (1, 19)]


@pytest.mark.parametrize(("side", "seen"), SIDES)
def test_no_more_is_decoded_than_is_needed_and_no_less(side: int | None, seen: int) -> None:
    found = picture(JPEG, side)
    assert max(found.width, found.height) == seen >= (side or 0)
    exact = Image.fromarray(CAT).resize((found.width, found.height), Image.Resampling.BOX)
    assert mean(found.pixels[..., :3], np.asarray(exact)) < 7


@pytest.mark.parametrize("size", [(5, 500), (500, 5), (1, 500)])
def test_thin_pictures_are_reduced_as_far_as_their_length_allows(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), 99, np.uint8)
    found = picture(stored(pixels, "JPEG"), 60)
    assert max(found.width, found.height) >= 60 and worst(found.pixels[..., :3], np.uint8(99)) <= 1
