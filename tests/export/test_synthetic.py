"""The generator of training pictures: equal seeds give equal bytes, and the alpha is a true matte."""

import numpy as np
import pytest
from numpy.typing import NDArray

from export.synthetic import Difficulty, picture

DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "hard")
SAMPLE = 24


def drawn(seed: int, difficulty: Difficulty, size: int = 96) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return picture(np.random.default_rng(seed), size, difficulty)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_equal_seeds_give_equal_bytes(difficulty: Difficulty) -> None:
    for seed in range(6):
        first, second = drawn(seed, difficulty), drawn(seed, difficulty)
        assert first[0].tobytes() == second[0].tobytes()
        assert first[1].tobytes() == second[1].tobytes()


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_other_seeds_give_other_pictures(difficulty: Difficulty) -> None:
    images = {drawn(seed, difficulty)[0].tobytes() for seed in range(8)}
    assert len(images) == 8


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("size", [64, 100, 192, 384])
def test_shapes_and_types(size: int, difficulty: Difficulty) -> None:
    image, alpha = drawn(3, difficulty, size)
    assert image.shape == (size, size, 3) and image.dtype == np.dtype(np.uint8)
    assert alpha.shape == (size, size) and alpha.dtype == np.dtype(np.uint8)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_alpha_holds_clear_solid_and_soft_values(difficulty: Difficulty) -> None:
    alphas = np.stack([drawn(seed, difficulty)[1] for seed in range(SAMPLE)])
    assert ((alphas == 0).any((1, 2))).mean() > 0.9
    assert ((alphas == 255).any((1, 2))).mean() > 0.9
    assert ((alphas > 0) & (alphas < 255)).any((1, 2)).all()


def test_there_is_always_a_subject() -> None:
    for seed in range(SAMPLE):
        for difficulty in DIFFICULTIES:
            assert drawn(seed, difficulty)[1].mean() > 0.01 * 255


def test_easy_subjects_are_large_and_leave_ground() -> None:
    shares = np.array([drawn(seed, "easy")[1].mean() / 255.0 for seed in range(2 * SAMPLE)])
    assert 0.15 < np.median(shares) < 0.55
    assert shares.min() > 0.02 and shares.max() < 0.97


def test_easy_subjects_differ_from_their_ground() -> None:
    differences = []
    for seed in range(SAMPLE):
        image, alpha = drawn(seed, "easy")
        solid, clear = image[alpha == 255], image[alpha == 0]
        differences.append(np.abs(solid.mean(0) - clear.mean(0)).max() if len(solid) and len(clear) else np.nan)
    assert np.nanmedian(differences) > 25.0
