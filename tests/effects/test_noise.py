"""Noise by parts."""

import numpy as np
import pytest

from gateway.effects.noise import Noise


@pytest.mark.parametrize("cell", [0.3, 1.0, 2.6, 14.0, 90.0])
def test_parts_are_those_of_the_whole(cell: float) -> None:
    noise = Noise(120, 70, cell, 3)
    whole = noise.rows(slice(0, 120))
    assert whole.shape == (120, 70)
    parts = np.concatenate([noise.rows(slice(top, top + 40)) for top in (0, 40, 80)])
    assert parts == pytest.approx(whole, abs=0.05)


def test_seeds_differ_and_repeat() -> None:
    one, same, other = (Noise(50, 50, 4, seed).rows(slice(0, 50)) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert np.abs(one - other).mean() > 0.3


@pytest.mark.parametrize("cell", [2.0, 8.0])
def test_is_around_nothing_and_as_smooth_as_its_cell(cell: float) -> None:
    whole = Noise(400, 400, cell, 1).rows(slice(0, 400))
    assert abs(whole.mean()) < 0.1
    assert 0.4 < whole.std() < 1.1
    assert np.abs(np.diff(whole, axis=0)).mean() == pytest.approx(1.0 / cell, rel=0.45)


def test_nothing_is_zero_at_the_borders() -> None:
    whole = Noise(33, 47, 10, 1).rows(slice(0, 33))
    assert (np.abs(whole[[0, -1]]).mean() > 0.1) and (np.abs(whole[:, [0, -1]]).mean() > 0.1)
