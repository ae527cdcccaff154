"""Compositions: the alpha is the subject's, empty pictures have none, and a subject that the frame cuts stays cut."""

from dataclasses import replace

import pytest
import torch

from export.scenes.composition import EASY, HARD, composed, either
from export.scenes.dice import Dice

SIZE = 64


@pytest.fixture
def discs():
    """White discs in the middle of black grounds."""
    axis = torch.linspace(-1, 1, SIZE)
    inside = (axis[:, None] ** 2 + axis[None] ** 2 < 0.25).float()
    return inside.expand(8, 4, SIZE, SIZE), torch.full((8, 4, SIZE, SIZE), 0.1)


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("chances", [EASY, HARD], ids=["easy", "hard"])
def test_shapes_and_ranges(discs, chances, size):
    image, alpha = composed(Dice(1), *discs, size, chances)
    assert image.shape == (8, 3, size, size) and alpha.shape == (8, 1, size, size)
    for values in (image, alpha):
        assert values.isfinite().all() and values.min() >= 0 and values.max() <= 1


def test_the_alpha_is_where_the_subject_is(discs):
    image, alpha = composed(Dice(2), *discs, SIZE, replace(EASY, empty=0.0, distractor=0.0, second=0.0))
    for picture, matte in zip(image, alpha, strict=True):
        assert picture[:, matte[0] > 0.9].mean() > 2 * picture[:, matte[0] < 0.1].mean()


def test_empty_pictures_are_empty(discs):
    image, alpha = composed(Dice(3), *discs, SIZE, replace(EASY, empty=1.0, second=1.0))
    assert alpha.max() == 0
    assert image.std((1, 2, 3)).max() < 0.2


def test_a_subject_on_the_border_stays_on_the_border():
    figures = torch.zeros(32, 4, SIZE, SIZE)
    figures[:, :, 24:, 20:44] = 1
    _, alpha = composed(Dice(4), figures, torch.zeros(32, 4, SIZE, SIZE), SIZE, replace(EASY, empty=0.0, second=0.0))
    assert (alpha[:, 0, -1].amax(1) > 0.5).all()


def test_hard_and_easy_pictures_share_a_batch():
    chances = either(torch.tensor([True, False]))
    assert chances.second.tolist() == pytest.approx([HARD.second, EASY.second])
