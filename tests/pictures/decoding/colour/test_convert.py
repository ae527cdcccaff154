import numpy as np
import pytest

from gateway.pictures.decoding.colour.convert import Raw, to_srgb
from gateway.pictures.decoding.colour.icc import Model
from gateway.pictures.decoding.colour.space import D65, decoded, space
from tests.pictures.decoding.samples import (
    ADOBE,
    DISPLAY_P3,
    P3,
    SRGB,
    cmyk_profile,
    in_srgb,
    lab,
    levels,
    power,
    profile,
    rgb_profile,
    sampled,
    to_xyz,
    under_d50,
    worst,
)

PIXELS = np.random.default_rng(2).integers(0, 256, (40, 50, 4), np.uint8)
GREYS = np.dstack([PIXELS[..., :1]] * 3 + [PIXELS[..., 3:]])


def converted(pixels: np.ndarray, model: Model, icc: bytes | None) -> np.ndarray:
    return to_srgb(Raw(pixels.copy(), model), icc, None)


@pytest.mark.parametrize(
    ("icc", "primaries", "gamma"), [(DISPLAY_P3, P3, None), (rgb_profile(ADOBE, power(2.2)), ADOBE, 2.2)]
)
def test_rgb_profiles(icc: bytes, primaries, gamma) -> None:
    got = converted(PIXELS, "RGB", icc)
    assert worst(got[..., :3], in_srgb(PIXELS[..., :3], primaries, gamma)) <= 2
    assert np.array_equal(got[..., 3], PIXELS[..., 3])


def test_the_pixels_are_changed_where_they_are() -> None:
    raw = Raw(PIXELS.copy(), "RGB")
    assert to_srgb(raw, DISPLAY_P3, None) is raw.pixels


def test_a_profile_of_srgb_changes_nothing() -> None:
    assert np.array_equal(converted(PIXELS, "RGB", rgb_profile(SRGB)), PIXELS)


def test_a_space_goes_before_a_profile() -> None:
    got = to_srgb(Raw(PIXELS.copy(), "RGB"), rgb_profile(ADOBE, power(2.2)), space(P3, D65, decoded))
    assert worst(got[..., :3], in_srgb(PIXELS[..., :3], P3)) <= 1


def test_an_rgb_profile_of_tables() -> None:
    """A table of 17 points an axis in Lab of linear light: far from sRGB, and known."""
    axis = np.linspace(0, 1, 17)
    white = np.array([0.9642, 1, 0.8249])
    lights = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    points = [lab(under_d50(to_xyz(SRGB)) @ light / white) for light in lights]
    straight = b"\0\0\xff\xff"
    table = np.rint(np.clip(points, 0, 65535)).astype(">u2").tobytes()
    ones = b"".join(round(each * 65536).to_bytes(4) for each in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    body = b"mft2\0\0\0\0" + bytes((3, 3, 17, 0)) + ones + b"\0\2\0\2" + straight * 3 + table + straight * 3
    got = converted(PIXELS, "RGB", profile(b"RGB ", {b"A2B0": body}, pcs=b"Lab "))
    assert np.abs(got[..., :3] - 255 * levels(PIXELS[..., :3] / 255)).mean() < 2
    assert np.array_equal(got[..., 3], PIXELS[..., 3])


def test_grey_profiles() -> None:
    got = converted(GREYS, "GRAY", profile(b"GRAY", {b"kTRC": power(1.8)}))
    assert worst(got[..., :3], 255 * levels((GREYS[..., :3] / 255) ** 1.8)) <= 1
    assert np.array_equal(got[..., 3], GREYS[..., 3])


def test_inks_without_a_profile_are_what_browsers_show() -> None:
    got = converted(PIXELS, "CMYK", None)
    light = (255.0 - PIXELS[..., :3]) * (255.0 - PIXELS[..., 3:]) / 255
    assert worst(got[..., :3], light) <= 1 and (got[..., 3] == 255).all()


def test_inks_with_a_profile() -> None:
    corners = np.array(list(np.ndindex(2, 2, 2, 2)), np.uint8)[None] * 255
    light = (255 - corners[..., :3]) * ((255 - corners[..., 3:]) // 255)
    got = converted(corners, "CMYK", cmyk_profile())
    assert worst(got[..., :3], light) <= 3 and (got[..., 3] == 255).all()
    half = converted(np.full((1, 1, 4), 128, np.uint8), "CMYK", cmyk_profile())
    assert worst(half, converted(np.full((1, 1, 4), 128, np.uint8), "CMYK", None)) > 20  # it is the profile that speaks


def test_lab() -> None:
    grey = np.array([[[0, 128, 128, 255], [255, 128, 128, 255], [127, 128, 128, 255]]], np.uint8)
    got = converted(grey, "LAB", None)
    assert worst(got[0, :, :3], np.array([[0] * 3, [255] * 3, [118] * 3])) <= 2


@pytest.mark.parametrize("model", ["RGB", "GRAY", "CMYK"])
@pytest.mark.parametrize(
    "icc",
    [
        pytest.param(b"junk", id="junk"),
        pytest.param(DISPLAY_P3[:200], id="cut"),
        pytest.param(DISPLAY_P3[:132] + b"\xff" * 400, id="overwritten"),
        pytest.param(cmyk_profile()[:400], id="cut CMYK"),
        pytest.param(profile(b"RGB ", {}), id="empty RGB"),
        pytest.param(profile(b"GRAY", {}), id="empty grey"),
        pytest.param(profile(b"CMYK", {}), id="empty CMYK"),
        pytest.param(profile(b"Lab ", {}), id="another model's"),
        pytest.param(
            profile(b"RGB ", {b"A2B0": b"mft2\0\0\0\0\3\3\xff\0" + bytes(80)}), id="a table that is not there"
        ),
        pytest.param(sampled(np.zeros(4)), id="a tag"),
    ],
)
def test_a_profile_that_is_no_use_is_ignored(model: Model, icc: bytes) -> None:
    pixels = GREYS if model == "GRAY" else PIXELS
    assert np.array_equal(converted(pixels, model, icc), converted(pixels, model, None))
