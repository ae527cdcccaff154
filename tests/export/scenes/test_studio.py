"""Shots: every kind of subject and of ground is drawn, the same for the same seed, and what is drawn is a true matte."""

import pytest
import torch

from export.scenes import textures
from export.scenes.dice import Dice
from export.scenes.studio import FAMILIES, GROUNDS, Studio, shot, subjects

SIZE = 64


@pytest.fixture(scope="module")
def studio():
    return Studio.furnished(Dice(1), 20)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_each_kind_of_subject_is_a_premultiplied_cut_out(studio, family):
    cut = subjects(Dice(3), studio, family, 6, SIZE)
    assert cut.shape == (6, 4, SIZE, SIZE)
    assert cut.isfinite().all() and cut.min() >= 0 and cut.max() <= 1
    assert (cut[:, :3] <= cut[:, 3:] + 1e-4).all()
    share = cut[:, 3].mean((1, 2))
    assert 0.05 < share.mean() < 0.9 and share.min() > 0.002
    assert ((cut[:, 3] > 0.02) & (cut[:, 3] < 0.98)).flatten(1).any(1).all()


@pytest.mark.parametrize("kind", GROUNDS)
def test_each_kind_of_ground_fills_the_frame(studio, kind):
    ground = GROUNDS[kind](Dice(4), 4, SIZE, studio.textures)
    assert ground.image.shape == (4, 3, SIZE, SIZE) and ground.image.isfinite().all()
    assert ground.image.std((2, 3)).mean() > 0.005
    assert ground.distance.expand(4, 1, SIZE, SIZE).min() >= 0 and ground.distance.max() <= 1


def test_equal_seeds_draw_equal_shots(studio):
    first, second = (shot(Dice(5), studio, 2, SIZE) for _ in range(2))
    assert torch.equal(first.figures, second.figures) and torch.equal(first.grounds, second.grounds)


def test_other_seeds_draw_other_shots(studio):
    assert not torch.equal(shot(Dice(5), studio, 2, SIZE).grounds, shot(Dice(6), studio, 2, SIZE).grounds)


@pytest.mark.parametrize("kind", textures.TEXTURES)
def test_each_texture_is_a_picture(kind):
    images = textures.bank(Dice(2), 3, (kind,)).images
    assert images.shape == (3, 3, textures.SIDE, textures.SIDE)
    assert images.isfinite().all() and images.min() >= 0 and images.max() <= 1


def test_some_textures_are_kept_for_the_test():
    assert set(textures.HELD_OUT) - set(textures.TRAINING) == {"bricks", "marble"}
