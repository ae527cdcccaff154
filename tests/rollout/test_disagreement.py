"""How far masks are apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from gateway.rollout.disagreement import disagreement

EMPTY, FULL = np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8)
LEFT, TOP = EMPTY.copy(), EMPTY.copy()
LEFT[:, :2], TOP[:2] = 255, 255
MASKS = arrays.arrays(np.uint8, st.integers(1, 12).map(lambda side: (side, side)))


@pytest.mark.parametrize(
    ("one", "other", "iou", "mae"),
    [
        (LEFT, LEFT, 1, 0),
        (EMPTY, EMPTY, 1, 0),
        (EMPTY, FULL, 0, 1),
        (EMPTY, LEFT, 0, 0.5),
        (LEFT, FULL, 0.5, 0.5),
        (LEFT, TOP, 1 / 3, 0.5),
        (np.uint8([[127]]), np.uint8([[128]]), 0, 1 / 255),
        (np.uint8([[127]]), np.uint8([[0]]), 1, 127 / 255),
        (np.uint8([[128, 255]]), np.uint8([[255, 128]]), 1, 127 / 255),
    ],
    ids=[
        "same",
        "both empty",
        "nothing and all",
        "nothing and half",
        "half and all",
        "halves",
        "edge",
        "below",
        "above",
    ],
)
def test_values(one: NDArray[np.uint8], other: NDArray[np.uint8], iou: float, mae: float) -> None:
    assert disagreement(one, other) == pytest.approx((iou, mae))
    assert disagreement(other, one) == pytest.approx((iou, mae))
    assert {type(each) for each in disagreement(one, other)} == {float}  # numpy's cannot be stored


@given(one=MASKS, seed=st.integers(0, 2**32 - 1))
@settings(derandomize=True)
def test_neither_comes_first(one: NDArray[np.uint8], seed: int) -> None:
    other = np.random.default_rng(seed).integers(0, 256, one.shape, np.uint8)
    found = disagreement(one, other)
    assert found == disagreement(other, one)
    assert 0 <= found.iou <= 1 and 0 <= found.mae <= 1
    assert disagreement(one, one) == (1, 0)
