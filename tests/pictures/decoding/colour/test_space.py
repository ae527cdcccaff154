import numpy as np
import pytest

from gateway.pictures.decoding.colour.space import D65, Space, decoded, space
from tests.pictures.decoding.samples import ADOBE, BT2020, P3, SRGB, in_srgb, worst

EVERY = np.random.default_rng(1).integers(0, 256, (300, 500, 4), np.uint8)  # more than is converted at once


@pytest.mark.parametrize(("primaries", "gamma"), [(P3, None), (ADOBE, 2.2), (BT2020, 2.4), (SRGB, 1.8)])
def test_colours_are_within_a_level_of_exact(primaries, gamma) -> None:
    pixels = EVERY.copy()
    space(primaries, D65, decoded if gamma is None else lambda v: v**gamma).to_srgb(pixels)
    assert worst(pixels[..., :3], in_srgb(EVERY[..., :3], primaries, gamma)) <= 1
    assert np.array_equal(pixels[..., 3], EVERY[..., 3])


def test_greys_stay_grey() -> None:
    pixels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 4, axis=2)
    space(P3, D65, decoded).to_srgb(pixels)
    assert worst(pixels[0, :, :3], np.arange(256)[:, None]) <= 1


@pytest.mark.parametrize(
    ("primaries", "gamma", "same"),
    [(SRGB, None, True), (SRGB, 2.2, False), (P3, None, False), (ADOBE, 2.2, False)],
)
def test_srgb_is_known_by_its_colours(primaries, gamma, same: bool) -> None:
    assert space(primaries, D65, decoded if gamma is None else lambda v: v**gamma).is_srgb == same


@pytest.mark.parametrize(
    "primaries",
    [
        pytest.param(((0.3, 0.3), (0.3, 0.3), (0.3, 0.3)), id="all the same"),
        pytest.param(((0.3, 0.3), (0.31, 0.3), (0.3, 0.31)), id="nearly the same"),
        pytest.param(((0.64, 0), (0.30, 0), (0.15, 0)), id="without light"),
    ],
)
def test_impossible_primaries_are_refused(primaries) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        space(primaries, D65, decoded)


def test_curves_that_run_away_are_cut() -> None:
    assert isinstance(wild := space(SRGB, D65, lambda v: np.where(v > 0.5, np.nan, v * 1e9)), Space)
    assert wild.curves.min() >= 0 and wild.curves.max() <= 1
