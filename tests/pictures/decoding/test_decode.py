import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageFile

from gateway.errors import TruncatedImage
from gateway.pictures.decoding.decode import decode, divisor_for
from tests.pictures.decoding.samples import (
    CAT,
    FILES,
    KINDS,
    PHOTO,
    every_kind,
    file,
    header,
    mean,
    oriented,
    picture,
    stored,
    with_segment,
)

LOSSLESS = ("PNG", "TIFF", "BMP")


@pytest.mark.parametrize("kind", every_kind())
def test_every_format_is_the_photograph_it_holds(kind: str) -> None:
    found = picture(every_kind()[kind])
    pixels = found.pixels
    assert pixels.shape == (40, 60, 4) and pixels.dtype == np.uint8 and not found.transparent
    assert pixels.flags.owndata or pixels.base.flags.owndata
    assert pixels.flags.writeable and pixels.flags.c_contiguous and (pixels[..., 3] == 255).all()
    assert mean(pixels[..., :3], PHOTO) < (0.01 if kind in LOSSLESS else 8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (17, 17)], ids=str)
def test_every_size(kind: str, size: tuple[int, int]) -> None:
    pixels = np.resize(CAT, (size[1], size[0], 3))
    options = {"speed": 10} if kind == "AVIF" else {"lossless": True} if kind == "WEBP" else {}
    found = picture(stored(pixels, kind, **options))
    assert (found.width, found.height) == size
    assert mean(found.pixels[..., :3], pixels) < (0.01 if kind in (*LOSSLESS, "WEBP") else 25)


@pytest.mark.parametrize("kind", [kind for kind in every_kind() if kind != "JPEG"])
def test_only_a_jpeg_may_come_smaller(kind: str) -> None:
    assert picture(every_kind()[kind], 8).width == 60


def test_an_alpha_of_which_no_use_is_made_is_none() -> None:
    assert not picture(stored(Image.fromarray(PHOTO).convert("RGBA"), "PNG")).transparent


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_and_reduced_at_once(orientation: int) -> None:
    data = with_segment(stored(CAT, "JPEG"), 0xE1, b"Exif\0\0" + oriented(orientation))
    found = picture(data, 75)
    whole = picture(data)
    seen = Image.fromarray(whole.pixels).resize((found.width, found.height), Image.Resampling.BOX)
    assert max(found.width, found.height) == 76 and mean(found.pixels, np.asarray(seen)) < 5


@pytest.mark.parametrize(("length", "divisor"), [(100, 1), (199, 1), (200, 2), (799, 4), (9000, 8)])
def test_divisors(length: int, divisor: int) -> None:
    assert divisor_for(length, 100) == divisor


def test_decodes_on_several_threads_at_once() -> None:
    names = [path.name for path in sorted(FILES.glob("*.*")) if path.suffix not in (".md", "") and path.stem != "fax"]
    alone = {name: picture(file(name)).pixels for name in names}
    together = threading.Barrier(4)

    def run(shift: int) -> bool:
        together.wait()
        return all(np.array_equal(picture(file(name)).pixels, alone[name]) for name in names[shift:] + names[:shift])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(0, 40, 10)))


def test_what_pillow_does_for_all_of_a_process_is_as_needed() -> None:
    assert not ImageFile.LOAD_TRUNCATED_IMAGES  # half a picture is none
    assert Image.MAX_IMAGE_PIXELS is None  # it would warn, and refuse what we allow


@pytest.mark.filterwarnings("error")
def test_a_large_picture_makes_no_warning() -> None:
    from gateway.pictures.decoding.header import read_header

    data = stored(Image.new("1", (10_000, 9_500)), "PNG")
    assert read_header(data, 100_000_000).width == 10_000


def test_a_file_that_changed_after_its_header_was_read_is_damaged() -> None:
    with pytest.raises(TruncatedImage):
        decode(stored(CAT, "PNG"), header(stored(PHOTO, "PNG")))
