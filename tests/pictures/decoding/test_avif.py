import re

import numpy as np
import pytest
from PIL import Image

from tests.pictures.decoding.samples import (
    ALPHA,
    DISPLAY_P3,
    FILES,
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
    worst,
)

AVIF = stored(PHOTO, "AVIF", quality=95)
MIRRORS = {"0": np.flipud, "1": np.fliplr}


def test_colours() -> None:
    found = picture(AVIF)
    assert mean(found.pixels[..., :3], PHOTO) < 3 and not found.transparent
    assert found.pixels.flags.owndata and found.pixels.flags.writeable


@pytest.mark.parametrize("path", sorted(FILES.glob("irot*.avif")), ids=lambda path: path.stem)
def test_turned_and_mirrored_as_the_file_says(path) -> None:
    turn, mirror = re.fullmatch(r"irot_(\d)(?:_imir_(\d))?", path.stem).groups()
    seen = np.rot90(PHOTO, int(turn))
    seen = MIRRORS[mirror](seen) if mirror else seen
    found = header(path.read_bytes())
    assert (found.height, found.width) == seen.shape[:2]
    assert mean(rgb(path.read_bytes()), seen) < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_as_pillow_writes_them(orientation: int) -> None:
    """As irot and imir; what EXIF says besides must not turn the picture again."""
    from tests.pictures.decoding.test_turn import STORED

    data = stored(np.array(STORED[orientation](PHOTO), order="C"), "AVIF", quality=95, exif=oriented(orientation))
    assert mean(rgb(data), PHOTO) < 3


def test_other_programs_alpha_and_grey() -> None:
    found = picture(file("alpha.avif"))
    assert found.transparent and worst(found.pixels[..., 3], ALPHA) <= 6 and mean(found.pixels[..., :3], PHOTO) < 3
    assert mean(rgb(file("grey.avif")), GREY) < 2


def test_a_picture_in_four_parts() -> None:
    found = picture(file("grid.avif")).pixels
    assert found.shape == (256, 256, 4)
    assert mean(found[:128, :128], found[128:, 128:]) < 1 and found[0, 0, 0] > 250 and found[127, 0, 2] > 250


def test_profile() -> None:
    data = stored(PHOTO, "AVIF", quality=95, icc_profile=DISPLAY_P3)
    assert worst(rgb(data), in_srgb(rgb(AVIF), P3)) <= 2


def test_what_is_told_by_numbers() -> None:
    assert mean(rgb(file("display_p3.avif")), in_srgb(PHOTO, P3)) < 4


def test_high_dynamic_range_is_read() -> None:
    assert header(file("bt2020_pq.avif")).facts.space
    assert picture(file("bt2020_pq.avif")).width == 60


def test_the_first_of_several_frames() -> None:
    data = stored(PHOTO, "AVIF", quality=95, save_all=True, append_images=[Image.fromarray(255 - PHOTO)])
    assert data[8:12] == b"avis" and mean(rgb(data), PHOTO) < 3


@pytest.mark.parametrize("exif", [b"junk", b"II*\0\xff\xff\xff\xff", oriented(1)[:15]], ids=repr)
def test_damaged_metadata_do_not_matter(exif: bytes) -> None:
    made = Image.Exif()
    made[0x010F] = "x" * 50
    whole = stored(PHOTO, "AVIF", quality=95, exif=made)
    at = whole.rindex(made.tobytes()[-60:]) - len(made.tobytes()) + 60 + len(b"Exif\0\0")
    assert mean(rgb(whole[:at] + exif + whole[at + len(exif) :]), PHOTO) < 3
