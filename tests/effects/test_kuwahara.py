"""Smoothing that keeps edges."""

import numpy as np
import pytest

from gateway.effects.kuwahara import smoothed


def noisy(colours: np.ndarray) -> np.ndarray:
    return (colours + np.random.default_rng(2).normal(0, 0.06, colours.shape)).astype(np.float32)


def halves() -> np.ndarray:
    colours = np.empty((60, 80, 3), np.float32)
    colours[:, :40], colours[:, 40:] = 0.25, 0.75
    return colours


@pytest.mark.parametrize("radius", [1, 2, 5, 8])
def test_one_colour_stays(radius: int) -> None:
    colours = np.full((30, 40, 3), (0.2, 0.5, 0.9), np.float32)
    assert smoothed(colours, np.ones((30, 40), np.float32), radius) == pytest.approx(colours, abs=1e-4)


def test_noise_goes_and_the_edge_stays() -> None:
    found = smoothed(noisy(halves()), np.ones((60, 80), np.float32), 4)
    assert np.abs(found - halves())[:, :36].mean() < 0.015
    assert found[:, 36:38].mean() < 0.32 and found[:, 42:44].mean() > 0.68


def test_what_weighs_nothing_has_no_colour_to_give() -> None:
    weights = np.zeros((60, 80), np.float32)
    weights[:, :40] = 1
    found = smoothed(halves(), weights, 4)
    assert found[:, :40] == pytest.approx(0.25, abs=1e-3)


def test_nothing_visible_is_no_error() -> None:
    assert np.isfinite(smoothed(halves(), np.zeros((60, 80), np.float32), 4)).all()
