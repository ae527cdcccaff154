"""Grounds: only the part that is allowed, softened, with a shadow where the subject stands."""

import numpy as np
import pytest
from PIL import Image

from bench.montage.backdrop import backdrop, shaded, softened
from bench.montage.chosen import Ground

SIDE = 64


def photograph() -> Image.Image:
    """Left half black, right half white."""
    pixels = np.zeros((80, 120, 3), np.uint8)
    pixels[:, 60:] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("part", "level"), [pytest.param((0, 0, 0.45, 1), 0, id="left"), pytest.param((0.55, 0.2, 1, 1), 1, id="right")]
)
def test_only_its_part_is_seen(part: tuple[float, float, float, float], level: float) -> None:
    ground = Ground("a-package", "photograph.jpg", part)
    for seed in range(20):
        square = backdrop(ground, photograph(), SIDE, np.random.default_rng(seed))
        assert square.shape == (SIDE, SIDE, 3)
        assert np.allclose(square, level)


def test_ground_is_as_soft_as_the_subject() -> None:
    edge = np.zeros((SIDE, SIDE, 3), np.float32)
    edge[:, SIDE // 2 :] = 1
    steepest = [np.abs(np.diff(softened(edge, s, np.random.default_rng(0)), axis=1)).max() for s in (0.5, 2.7)]
    assert steepest[0] > steepest[1]


def test_shadow_lies_at_the_foot() -> None:
    alpha = np.zeros((256, 256), np.float32)
    alpha[60:160, 100:160] = 1
    ground = shaded(np.ones((256, 256, 3), np.float32), alpha, np.random.default_rng(0))
    assert ground[155, 130].max() < 0.8
    assert np.allclose(ground[:100], 1, atol=0.01)
    assert np.allclose(ground[200:], 1, atol=0.01)
