"""Where subjects are put: inside of the frame or cut by it, large enough to be one."""

import numpy as np
import pytest

from bench.montage.chosen import Stamp
from bench.montage.layer import Floats
from bench.montage.placement import CUT, placed

SIDE = 128
STANDS = Stamp("animals/dog.png")
MANY = 300


def frames(stamp: Stamp, height: int = 60, width: int = 60) -> list[Floats]:
    """The alphas of many a placement of an opaque rectangle."""
    pixels = np.ones((height, width, 4), np.float32)
    return [placed(stamp, pixels, SIDE, np.random.default_rng(seed))[0][..., 3] for seed in range(MANY)]


def touches(alpha: Floats) -> dict[str, bool]:
    edges = {"left": alpha[:, 0], "right": alpha[:, -1], "above": alpha[0], "below": alpha[-1]}
    return {name: bool((edge > 0.5).any()) for name, edge in edges.items()}


def test_some_are_cut_and_never_above() -> None:
    found = [touches(alpha) for alpha in frames(STANDS)]
    assert np.mean([any(each.values()) for each in found]) == pytest.approx(CUT, abs=0.08)
    for edge in ("left", "right", "below"):
        assert 0.02 < np.mean([each[edge] for each in found]) < 0.2
    assert not any(each["above"] for each in found)


@pytest.mark.parametrize(
    ("height", "width", "least"), [pytest.param(60, 60, 0.45, id="stout"), pytest.param(20, 60, 0.6, id="thin")]
)
def test_sizes(height: int, width: int, least: float) -> None:
    longer = [max(np.ptp(np.nonzero(alpha > 0.5), axis=1)) for alpha in frames(STANDS, height, width)]
    whole = np.sort(longer)[round(MANY * CUT) :]  # those that are cut are shorter
    assert least * SIDE * 0.85 < whole[0]
    assert whole[-1] <= 0.95 * SIDE


def test_a_small_stamp_is_not_enlarged_without_limit() -> None:
    pixels = np.ones((12, 12, 4), np.float32)
    assert placed(STANDS, pixels, SIDE, np.random.default_rng(1))[1] <= 2.7


def test_what_stands_is_lower_than_what_flies() -> None:
    middles = [
        np.mean([np.nonzero(alpha > 0.5)[0].mean() for alpha in frames(stamp)])
        for stamp in (STANDS, Stamp("animals/gull.png", flies=True))
    ]
    assert middles[0] > middles[1] + 2


def test_only_what_may_is_turned_far() -> None:
    """A bar that lies stays one, unless it may be turned."""
    heights = [
        max(np.ptp(np.nonzero(alpha > 0.5)[0]) for alpha in frames(stamp, 12, 60))
        for stamp in (STANDS, Stamp("food/corn.png", turns=True))
    ]
    assert heights[0] < SIDE / 2 < heights[1]
