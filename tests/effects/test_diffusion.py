"""Fronts against scanning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.effects.diffusion import Errors, diffuse
from tests.effects.literal import diffusion as literal


@given(st.integers(1, 13), st.integers(1, 13), st.integers(0, 4), st.integers(1, 3), st.integers(0, 2**31))
def test_every_pixel_is_decided_once_with_the_errors_that_scanning_brings(
    height: int, width: int, beyond: int, channels: int, seed: int
) -> None:
    stride = max(width, 3) + beyond
    given_ = np.random.default_rng(seed).integers(0, 256, (height, stride, channels)).astype(float)
    found, expected = np.full((height * stride, channels), np.nan), np.empty((height, width, channels))

    def quantise(front: slice, come: Errors) -> Errors:
        assert np.isnan(found[front]).all()
        found[front] = come
        return (given_.reshape(-1, channels)[front] + come) % 97.0

    def decide(y: int, x: int, come: list[float]) -> list[float]:
        expected[y, x] = come
        return [(given_[y, x, c] + come[c]) % 97.0 for c in range(channels)]

    diffuse(height, width, stride, channels, quantise)
    literal.diffuse(height, width, channels, decide)
    assert np.array_equal(found.reshape(height, stride, channels)[:, :width], expected)
    assert np.isnan(found.reshape(height, stride, channels)[:, width:]).all()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_nothing_leaves_the_picture(height: int, width: int) -> None:
    come: list[float] = []

    def quantise(front: slice, errors: Errors) -> Errors:
        come.extend(errors[:, 0])
        return np.full_like(errors, 16.0)

    diffuse(height, width, max(width, 3), 1, quantise)
    assert len(come) == height * width
    if min(height, width) == 1 and height > 1:
        assert come == [0.0] + [5.0] * (height - 1)
    elif height == 1:
        assert come == [0.0] + [7.0] * (width - 1)
    else:
        assert come == [0.0, 7.0, 8.0, 13.0]
