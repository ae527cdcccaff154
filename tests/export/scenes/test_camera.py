"""What the camera adds: JPEG's loss grows as quality falls; blur keeps the mean; 1/f noise has its slope."""

import pytest
import torch

from export.scenes.camera import compressed, taken
from export.scenes.dice import Dice
from export.scenes.lens import defocused
from export.scenes.noise import pink


def test_compression_loses_more_at_lower_quality():
    image = (0.5 + 0.15 * pink(Dice(1), 2, 3, 64, 1.0)).clamp(0, 1)
    loss = [(compressed(image, torch.full((2,), q)) - image).abs().mean().item() for q in (95.0, 50.0, 10.0)]
    assert 0 < loss[0] < loss[1] < loss[2] < 0.2


def test_a_flat_picture_survives_compression():
    image = torch.full((1, 3, 32, 32), 0.25)
    torch.testing.assert_close(compressed(image, torch.full((1,), 90.0)), image, atol=0.02, rtol=0)


def test_photographs_are_within_range():
    photo = taken(Dice(2), 1.5 * torch.rand(16, 3, 64, 64))
    assert photo.min() >= 0 and photo.max() <= 1 and photo.isfinite().all()


@pytest.mark.parametrize("sigma", [0.0, 1.0, 4.0, 16.0])
def test_defocus_keeps_the_mean_and_flattens(sigma):
    image = torch.rand(1, 3, 64, 64)
    blurry = defocused(image, torch.full((1, 1, 1, 1), sigma))
    assert abs(blurry.mean() - image.mean()) < 0.02
    assert torch.equal(blurry, image) if sigma == 0 else blurry.std() < image.std()


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_noise_has_the_slope_that_was_asked_for(slope):
    power = torch.fft.rfft2(pink(Dice(3), 32, 1, 128, slope)).abs().pow(2).mean((0, 1))
    row = power[0, 2:60]
    f = torch.arange(2, 60).float().log()
    x, y = f - f.mean(), row.log() - row.log().mean()
    assert -(x * y).sum() / (x * x).sum() / 2 == pytest.approx(slope, abs=0.15)
