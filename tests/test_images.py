"""Pictures in, pixels out, on real photographs."""

import io
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
import skimage.data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gateway import images
from gateway.errors import InvalidParameter, TooManyPixels, TruncatedImage, UnsupportedImage
from gateway.images import OutputFormat, Picture, Pixels

PHOTO: Pixels = np.ascontiguousarray(skimage.data.chelsea()[::3, ::3])  # (100, 151, 3)
LIMIT = 1_000_000
LOSSLESS = ("PNG", "TIFF", "BMP")

# Pillow warns about damage that it can read past.
damaged = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::PIL.Image.DecompressionBombWarning")


def stored(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def opened(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)))


def difference(a: Pixels, b: Pixels) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_decodes_each_format_as_the_photograph_it_holds(kind: str) -> None:
    picture = images.decode(stored(Image.fromarray(PHOTO), kind), LIMIT)
    assert (picture.width, picture.height, picture.alpha) == (151, 100, None)
    assert picture.media_type == f"image/{kind.lower()}"
    assert np.abs(picture.rgb.astype(int) - PHOTO).mean() < (0.01 if kind in LOSSLESS else 8)


@pytest.mark.parametrize(
    ("mode", "kind", "tolerance"),
    [
        ("RGB", "PNG", 0),
        ("RGBA", "PNG", 0),
        ("L", "PNG", 0),
        ("LA", "PNG", 0),
        ("1", "PNG", 0),
        ("P", "PNG", 0),
        ("I;16", "PNG", 0),
        ("I;16", "TIFF", 0),
        ("CMYK", "TIFF", 2),
        ("CMYK", "JPEG", 12),
        ("L", "JPEG", 12),
        ("RGBA", "WEBP", 0),
        ("RGBA", "TIFF", 0),
    ],
)
def test_decodes_each_mode(mode: str, kind: str, tolerance: int) -> None:
    if mode == "I;16":
        grey = np.asarray(Image.fromarray(PHOTO).convert("L"))
        image, seen = Image.fromarray(grey.astype(np.uint16) * 257), np.repeat(grey[..., None], 3, 2)
    else:
        image = Image.fromarray(PHOTO).convert(mode)
        seen = np.asarray(image.convert("RGB"))
        if mode.endswith("A"):
            image.putalpha(Image.linear_gradient("L").resize(image.size))
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    picture = images.decode(stored(image, kind, **options), LIMIT)
    assert difference(picture.rgb, seen) <= tolerance
    assert (picture.alpha is not None) == mode.endswith("A")


def test_reads_transparency_that_is_not_a_channel() -> None:
    palette = Image.fromarray(PHOTO).quantize(8)
    picture = images.decode(stored(palette, "PNG", transparency=3), LIMIT)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha == 0, np.asarray(palette) == 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "store"),
    [
        pytest.param(1, lambda a: a, id="1 upright"),
        pytest.param(2, lambda a: a[:, ::-1], id="2 mirrored"),
        pytest.param(3, lambda a: a[::-1, ::-1], id="3 upside down"),
        pytest.param(4, lambda a: a[::-1], id="4 flipped"),
        pytest.param(5, lambda a: a.transpose(1, 0, 2), id="5 transposed"),
        pytest.param(6, lambda a: np.rot90(a), id="6 turned left"),
        pytest.param(7, lambda a: a[::-1, ::-1].transpose(1, 0, 2), id="7 transversed"),
        pytest.param(8, lambda a: np.rot90(a, -1), id="8 turned right"),
    ],
)
def test_turns_the_picture_upright(kind: str, orientation: int, store: Callable[[Pixels], Pixels]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(store(PHOTO)))
    picture = images.decode(stored(image, kind, exif=exif, **({} if kind == "TIFF" else {"quality": 95})), LIMIT)
    assert picture.rgb.shape == PHOTO.shape
    assert np.abs(picture.rgb.astype(int) - PHOTO).mean() < 4


@damaged
def test_ignores_damaged_exif() -> None:
    data = stored(Image.fromarray(PHOTO), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert images.decode(data, LIMIT).rgb.shape == PHOTO.shape


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello, world", id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(b"%PDF-1.7\n", id="pdf"),
        pytest.param(b"RIFF\x00\x00\x00\x00WAVEfmt ", id="sound"),
        pytest.param(stored(Image.fromarray(PHOTO.astype(np.float32)[..., 0]), "TIFF"), id="floating point"),
    ],
)
def test_refuses_what_is_not_a_picture(data: bytes) -> None:
    with pytest.raises(UnsupportedImage):
        images.decode(data, LIMIT)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_refuses_a_truncated_picture(kind: str, share: float) -> None:
    data = stored(Image.fromarray(PHOTO), kind)
    with pytest.raises(TruncatedImage):
        images.decode(data[: max(int(len(data) * share), 16)], LIMIT)


@damaged
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_refuses_garbage_after_the_header(kind: str) -> None:
    head = {"JPEG": 4, "PNG": 40, "WEBP": 20, "GIF": 13, "TIFF": 8}[kind]
    data = stored(Image.fromarray(PHOTO), kind)[:head] + np.random.default_rng(1).bytes(5000)
    with pytest.raises((TruncatedImage, TooManyPixels)):
        images.decode(data, LIMIT)


@damaged
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"]), st.data())
def test_damage_raises_nothing_but_its_own_errors(kind: str, draw: st.DataObject) -> None:
    data = bytearray(stored(Image.fromarray(PHOTO[:40, :40]), kind))
    places = st.integers(0, min(len(data) - 1, 400))
    for place, value in draw.draw(st.dictionaries(places, st.integers(0, 255), max_size=12)).items():
        data[place] = value
    with suppress(TruncatedImage, TooManyPixels, UnsupportedImage):
        images.decode(bytes(data), LIMIT)


def test_refuses_too_many_pixels_by_the_header_alone() -> None:
    header = stored(Image.fromarray(PHOTO), "PNG")[:60]  # no pixel data at all
    with pytest.raises(TooManyPixels) as refusal:
        images.decode(header, 15_099)
    assert (refusal.value.actual, refusal.value.limit) == (15_100, 15_099)


def test_model_input_is_one_antialiased_bilinear_resampling() -> None:
    astronaut = skimage.data.astronaut()
    expected = np.asarray(Image.fromarray(astronaut).resize((384, 384), Image.Resampling.BILINEAR))
    assert np.array_equal(images.model_input(Picture(astronaut, None, ""), 384), expected)


def test_model_sees_a_transparent_picture_on_white() -> None:
    alpha = np.zeros(PHOTO.shape[:2], np.uint8)
    alpha[:, 75:] = 255
    seen = images.model_input(Picture(PHOTO, alpha, ""), 64)
    assert (seen[:, :30] == 255).all()
    assert difference(seen[:, 34:], images.model_input(Picture(PHOTO, None, ""), 64)[:, 34:]) == 0


def test_compose_multiplies_a_picture_s_own_alpha_and_clears_what_is_invisible() -> None:
    own = np.full(PHOTO.shape[:2], 128, np.uint8)
    own[:10] = 0
    rgba = images.compose(Picture(PHOTO, own, ""), np.full((64, 64), 128, np.uint8))
    assert (rgba[10:, :, 3] == 64).all()
    assert np.array_equal(rgba[10:, :, :3], PHOTO[10:])
    assert (rgba[:10] == 0).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (64, 64), (400, 300)], ids=str)
def test_mask_fits_any_size(size: tuple[int, int]) -> None:
    height, width = size
    mask = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    alpha = images.compose(Picture(np.full((height, width, 3), 9, np.uint8), None, ""), mask)[..., 3]
    expected = np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR))
    assert difference(alpha, expected) <= 1


@pytest.mark.parametrize(
    ("levels", "box"),
    [
        pytest.param({}, (0, 0, 0, 0), id="nothing"),
        pytest.param({(5, 7): 10}, (0, 0, 0, 0), id="only haze"),
        pytest.param({(5, 7): 11}, (5, 7, 1, 1), id="one pixel"),
        pytest.param({(5, 7): 255, (8, 19): 11, (0, 0): 10}, (5, 7, 13, 4), id="two corners"),
    ],
)
def test_foreground(levels: dict[tuple[int, int], int], box: tuple[int, int, int, int]) -> None:
    rgba = np.zeros((30, 40, 4), np.uint8)
    for place, level in levels.items():
        rgba[(*place, 3)] = level
    assert images.foreground(rgba) == box


def cut_out() -> Pixels:
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = np.arange(0, 256, 8)[:, None]
    return images.compose(Picture(PHOTO, None, ""), mask)


def test_png_is_lossless() -> None:
    assert np.array_equal(opened(images.encode(cut_out(), "png", 90)), cut_out())


def test_png_is_not_much_larger_than_the_best_effort() -> None:
    photo = skimage.data.coffee()
    rgba = images.compose(Picture(photo, None, ""), np.full((64, 64), 255, np.uint8))
    assert len(images.encode(rgba, "png", 90)) <= 1.4 * len(stored(Image.fromarray(rgba), "PNG", compress_level=6))


def test_webp_keeps_alpha_exactly_and_shrinks_with_quality() -> None:
    fine, coarse = (images.encode(cut_out(), "webp", quality) for quality in (90, 20))
    assert np.array_equal(opened(fine)[..., 3], cut_out()[..., 3])
    assert len(coarse) < len(fine)


@pytest.mark.parametrize("output", ["png", "webp"])
def test_same_pixels_give_same_bytes(output: OutputFormat) -> None:
    assert images.encode(cut_out(), output, 90) == images.encode(cut_out(), output, 90)


@pytest.mark.parametrize("output", ["png", "webp"])
def test_no_metadata_leaves(output: OutputFormat) -> None:
    exif = Image.Exif()
    exif[0x010F] = "the camera's maker"
    picture = images.decode(stored(Image.fromarray(PHOTO), "JPEG", exif=exif, comment=b"secret"), LIMIT)
    data = images.encode(images.compose(picture, np.full((8, 8), 255, np.uint8)), output, 90)
    assert not Image.open(io.BytesIO(data)).getexif()
    assert b"maker" not in data and b"secret" not in data


def test_names_the_sizes_that_webp_cannot_hold() -> None:
    long = Picture(np.zeros((1, images.WEBP_MAX_SIDE + 1, 3), np.uint8), None, "")
    images.refuse_unwritable(long, "png")
    with pytest.raises(InvalidParameter, match="16383"):
        images.refuse_unwritable(long, "webp")
