import numpy as np
import pytest
import skimage.data
from PIL import Image

from gateway.errors import TruncatedImage
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import read_header
from gateway.pictures.decoding.preview import Preview, preview
from gateway.pictures.picture import Pixels
from tests.pictures.decoding.samples import (
    DISPLAY_P3,
    KINDS,
    cmyk_profile,
    every_kind,
    file,
    mean,
    oriented,
    stored,
    with_segment,
)

CAT: Pixels = np.asarray(skimage.data.chelsea())[:297, :447]  # sides that no divisor divides
SIZE = 64


def seen(data: bytes, size: int = SIZE) -> Preview:
    return preview(data, read_header(data, 10_000_000), size)


def exact(data: bytes, size: int = SIZE) -> Pixels:
    """One resampling of the whole picture, on white."""
    whole = Image.fromarray(decode(data, read_header(data, 10_000_000)).pixels)
    white = Image.new("RGBA", whole.size, "white")
    white.alpha_composite(whole)
    return np.asarray(white.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


@pytest.mark.parametrize("kind", KINDS)
def test_is_one_resampling_of_the_whole(kind: str) -> None:
    data = stored(CAT, kind)
    found = seen(data)
    assert found.tensor.shape == (SIZE, SIZE, 3) and found.tensor.dtype == np.uint8 and found.tensor.flags.c_contiguous
    assert mean(found.tensor, exact(data)) < (1 if kind == "JPEG" else 0.01)
    assert (found.picture is None) == (kind == "JPEG")


@pytest.mark.parametrize("size", [27, 28, 55, 56, 64, 111, 112, 200])
def test_a_scaled_jpeg_is_near_and_nowhere_shifted(size: int) -> None:
    data = stored(CAT, "JPEG", quality=95)
    difference = np.abs(seen(data, size).tensor.astype(int) - exact(data, size))
    assert difference.mean() < 1 and difference[-3:].mean() < 1.5 and difference[:, -3:].mean() < 1.5


@pytest.mark.parametrize("size", [112, 297, 500])
def test_what_cannot_be_scaled_enough_is_decoded_once(size: int) -> None:
    data = stored(CAT, "JPEG")
    found = seen(data, size)
    assert found.picture is not None and found.picture.width == 447
    assert np.array_equal(found.picture.pixels, decode(data, read_header(data, 10_000_000)).pixels)
    assert np.array_equal(found.tensor, exact(data, size))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_is_upright(orientation: int) -> None:
    data = with_segment(stored(CAT, "JPEG"), 0xE1, b"Exif\0\0" + oriented(orientation))
    assert seen(data).picture is None and mean(seen(data).tensor, exact(data)) < 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(stored(CAT, "JPEG", icc_profile=DISPLAY_P3), id="Display P3"),
        pytest.param(stored(Image.fromarray(CAT).convert("L"), "JPEG"), id="grey"),
        pytest.param(stored(Image.fromarray(CAT).convert("CMYK"), "JPEG"), id="CMYK"),
        pytest.param(
            stored(Image.fromarray(CAT).convert("CMYK"), "JPEG", icc_profile=cmyk_profile()), id="CMYK, profiled"
        ),
    ],
)
def test_colours_are_those_of_the_whole(data: bytes) -> None:
    assert seen(data).picture is None and mean(seen(data).tensor, exact(data)) < 1.5


def test_a_cut_out_is_seen_on_white() -> None:
    image = Image.fromarray(CAT)
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    data = stored(image, "PNG")
    assert np.abs(seen(data).tensor.astype(int) - exact(data)).max() <= 3
    assert (seen(stored(Image.new("RGBA", (300, 200)), "PNG")).tensor == 255).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (17, 17), (15, 40)])
def test_every_size(size: tuple[int, int]) -> None:
    found = seen(stored(np.full((size[1], size[0], 3), 77, np.uint8), "JPEG"))
    assert np.abs(found.tensor.astype(int) - 77).max() <= 1


@pytest.mark.parametrize("name", ["alpha.heic", "display_p3.avif", "grey_deep.tiff", "irot_1.avif"])
def test_files_of_other_programs(name: str) -> None:
    found = seen(file(name), 24)
    assert found.picture is not None and np.abs(found.tensor.astype(int) - exact(file(name), 24)).max() <= 2


@pytest.mark.parametrize("kind", every_kind())
def test_damage_is_told(kind: str) -> None:
    data = every_kind()[kind]
    with pytest.raises(TruncatedImage):
        seen(data[: len(data) * 2 // 3], 16)
