import numpy as np
import pytest

from gateway.pictures.decoding.colour import cicp
from tests.pictures.decoding.samples import BT2020, P3, in_srgb, worst

PIXELS = np.random.default_rng(1).integers(0, 256, (50, 50, 4), np.uint8)


def converted(primaries: int, transfer: int) -> np.ndarray:
    pixels = PIXELS.copy()
    told = cicp.told(primaries, transfer)
    assert told
    told.to_srgb(pixels)
    return pixels[..., :3]


@pytest.mark.parametrize(("code", "primaries"), [(12, P3), (9, BT2020)])
def test_primaries(code: int, primaries) -> None:
    assert worst(converted(code, 13), in_srgb(PIXELS[..., :3], primaries)) <= 1


@pytest.mark.parametrize(("code", "gamma"), [(4, 2.2), (5, 2.8), (8, 1.0)])
def test_powers(code: int, gamma: float) -> None:
    assert worst(converted(12, code), in_srgb(PIXELS[..., :3], P3, gamma)) <= 1


@pytest.mark.parametrize("transfer", [1, 2, 6, 13, 14, 15])
@pytest.mark.parametrize("primaries", [1, 2, 5, 6, 250])
def test_what_browsers_take_for_srgb_costs_nothing(primaries: int, transfer: int) -> None:
    assert cicp.told(primaries, transfer) is None


@pytest.mark.parametrize(("transfer", "white"), [pytest.param(16, 0.58, id="PQ"), pytest.param(18, 0.75, id="HLG")])
def test_high_dynamic_range_keeps_its_diffuse_white(transfer: int, white: float) -> None:
    """ITU-R BT.2408: 58 % of PQ's levels and 75 % of HLG's are what paper white is; brighter is cut."""
    told = cicp.told(9, transfer)
    assert told
    levels = np.full((1, 3, 4), round(255 * white), np.uint8)
    levels[0, 1], levels[0, 2] = 255, 0
    told.to_srgb(levels)
    assert levels[0, 0, 0] >= 253 and levels[0, 1, 0] == 255 and levels[0, 2, 0] == 0
