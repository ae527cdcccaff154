import time

import numpy as np
import pytest
from PIL import ImageCms

from gateway.pictures.decoding.colour import icc
from gateway.pictures.decoding.damage import DAMAGE
from tests.pictures.decoding.samples import (
    ADOBE,
    DISPLAY_P3,
    P3,
    SRGB,
    SRGB_CURVE,
    cmyk_profile,
    fixed,
    in_srgb,
    levels,
    linear,
    power,
    profile,
    rgb_profile,
    sampled,
    worst,
)

PIXELS = np.random.default_rng(1).integers(0, 256, (50, 50, 4), np.uint8)
STEPS = np.arange(256) / 255
SQUARES = np.linspace(0, 1, 17) ** 2


def parametric(kind: int, *values: float) -> bytes:
    return b"para\0\0\0\0" + kind.to_bytes(2) + b"\0\0" + fixed(*values)


@pytest.mark.parametrize(
    ("data", "primaries", "gamma"),
    [
        pytest.param(DISPLAY_P3, P3, None, id="Display P3"),
        pytest.param(rgb_profile(P3, sampled(linear(np.arange(1024) / 1023))), P3, None, id="a table of 1024"),
        pytest.param(rgb_profile(ADOBE, power(563 / 256)), ADOBE, 563 / 256, id="Adobe RGB"),
        pytest.param(rgb_profile(P3, parametric(0, 1.8)), P3, 1.8, id="a power"),
        pytest.param(rgb_profile(P3, parametric(1, 2.2, 1, 0)), P3, 2.2, id="a power from a limit on"),
        pytest.param(rgb_profile(P3, parametric(2, 2.2, 1, 0, 0)), P3, 2.2, id="a power and a constant"),
        pytest.param(
            rgb_profile(P3, parametric(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0)), P3, None, id="all"
        ),
        pytest.param(rgb_profile(P3, b"curv" + bytes(8)), P3, 1.0, id="straight"),
    ],
)
def test_matrix_and_curves(data: bytes, primaries, gamma) -> None:
    space = icc.rgb(data)
    pixels = PIXELS.copy()
    assert space
    space.to_srgb(pixels)
    assert worst(pixels[..., :3], in_srgb(PIXELS[..., :3], primaries, gamma)) <= 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(rgb_profile(SRGB), id="by formula"),
        pytest.param(rgb_profile(SRGB, sampled(linear(np.arange(1024) / 1023))), id="by table"),
        pytest.param(rgb_profile(SRGB, sampled(linear(np.arange(64) / 63))), id="by a small table"),
        pytest.param(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), id="Little CMS's"),
    ],
)
def test_srgb_of_any_vendor_is_recognised(data: bytes) -> None:
    space = icc.rgb(data)
    assert space and space.is_srgb


def test_a_profile_is_read_once() -> None:
    assert icc.rgb(DISPLAY_P3) is icc.rgb(bytes(bytearray(DISPLAY_P3)))


@pytest.mark.parametrize(
    ("curve", "light"),
    [
        pytest.param(power(1.8), STEPS**1.8, id="a power"),
        pytest.param(sampled(SQUARES), np.interp(STEPS, np.linspace(0, 1, 17), SQUARES), id="a table"),
        pytest.param(SRGB_CURVE, linear(STEPS), id="sRGB's"),
    ],
)
def test_grey(curve: bytes, light: np.ndarray) -> None:
    assert worst(icc.grey(profile(b"GRAY", {b"kTRC": curve})), 255 * levels(light)) <= 1


@pytest.mark.parametrize(
    ("data", "model"),
    [
        (DISPLAY_P3, "RGB"),
        (profile(b"GRAY", {}), "GRAY"),
        (cmyk_profile(), "CMYK"),
        (profile(b"Lab ", {}), "LAB"),
        (profile(b"HSV ", {}), None),
        (b"", None),
        (b"no profile at all" * 20, None),
        (DISPLAY_P3 + bytes(icc.MAX_BYTES), None),
    ],
    ids=["RGB", "grey", "CMYK", "Lab", "another", "empty", "text", "too large"],
)
def test_models(data: bytes, model) -> None:
    assert icc.model(data) == model


def test_profiles_of_tables_are_left_to_others() -> None:
    assert icc.rgb(profile(b"RGB ", {b"A2B0": b"mft1" + bytes(60)})) is None
    assert icc.rgb(DISPLAY_P3 + bytes(300_000)) is None


@pytest.mark.parametrize("cut", range(132, len(DISPLAY_P3), 37))
def test_a_cut_profile_is_read_or_refused(cut: int) -> None:
    try:
        found = icc.rgb(DISPLAY_P3[:cut])
    except DAMAGE:
        found = None
    assert found is None or found == icc.rgb(DISPLAY_P3)


@pytest.mark.parametrize(
    "curve",
    [
        pytest.param(b"curv\0\0\0\0\xff\xff\xff\xff", id="four thousand million samples"),
        pytest.param(parametric(9, 1, 1), id="an unknown formula"),
        pytest.param(parametric(1, 2.4, 0, 1), id="a division by 0"),
        pytest.param(b"none\0\0\0\0", id="another tag"),
    ],
)
def test_damaged_curves_are_refused_at_once(curve: bytes) -> None:
    begin = time.thread_time()
    with pytest.raises(DAMAGE):
        icc.rgb(rgb_profile(P3, curve))
    assert time.thread_time() - begin < 0.2
