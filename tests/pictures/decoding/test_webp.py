import numpy as np
import pytest
from PIL import Image

from gateway.errors import TruncatedImage
from tests.pictures.decoding.samples import (
    ALPHA,
    DISPLAY_P3,
    P3,
    PHOTO,
    file,
    in_srgb,
    mean,
    oriented,
    picture,
    rgb,
    stored,
    worst,
)


def test_lossless() -> None:
    assert np.array_equal(rgb(stored(PHOTO, "WEBP", lossless=True)), PHOTO)


def test_lossy() -> None:
    found = picture(stored(PHOTO, "WEBP", quality=95))
    assert mean(found.pixels[..., :3], PHOTO) < 4 and not found.transparent


def test_alpha_of_another_program() -> None:
    found = picture(file("alpha.webp"))
    assert (
        found.transparent and worst(found.pixels[..., 3], ALPHA) <= 1 and np.array_equal(found.pixels[..., :3], PHOTO)
    )


def test_profile_of_another_program() -> None:
    assert mean(rgb(file("display_p3.webp")), in_srgb(PHOTO, P3)) < 5
    exact = stored(PHOTO, "WEBP", lossless=True, icc_profile=DISPLAY_P3)
    assert worst(rgb(exact), in_srgb(PHOTO, P3)) <= 2


@pytest.mark.parametrize("beginning", [b"", b"Exif\0\0"])
def test_orientation(beginning: bytes) -> None:
    data = stored(np.rot90(PHOTO).copy(), "WEBP", lossless=True, exif=beginning + oriented(6))
    assert np.array_equal(rgb(data), PHOTO)


def test_the_first_frame_of_an_animation() -> None:
    other = Image.fromarray(255 - PHOTO)
    data = stored(PHOTO, "WEBP", save_all=True, append_images=[other], lossless=True)
    assert b"ANIM" in data and np.array_equal(rgb(data), PHOTO)


def test_a_first_frame_smaller_than_the_canvas_leaves_it_transparent() -> None:
    frame = Image.new("RGBA", (60, 40))
    frame.paste(Image.fromarray(PHOTO[:20, :20]), (10, 10))
    data = stored(frame, "WEBP", save_all=True, append_images=[Image.fromarray(PHOTO).convert("RGBA")], lossless=True)
    found = picture(data)
    assert found.transparent and not found.pixels[:10, :, 3].any() and (found.pixels[10:30, 10:30, 3] == 255).all()


def test_what_follows_does_not_matter() -> None:
    data = stored(PHOTO, "WEBP", lossless=True)
    assert np.array_equal(rgb(data + b"junk" * 100), PHOTO)


@pytest.mark.parametrize("metadata", [{"exif": b"junk"}, {"icc_profile": b"junk"}, {"xmp": b"junk"}], ids=str)
def test_damaged_metadata_do_not_matter(metadata: dict[str, bytes]) -> None:
    assert np.array_equal(rgb(stored(PHOTO, "WEBP", lossless=True, **metadata)), PHOTO)


def test_an_animation_without_frames_is_damaged() -> None:
    data = stored(PHOTO, "WEBP", save_all=True, append_images=[Image.fromarray(255 - PHOTO)])
    with pytest.raises(TruncatedImage):
        picture(data[: data.index(b"ANMF")])
