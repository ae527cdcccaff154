"""What makes a watercolour one."""

from typing import Final

import numpy as np
import pytest
from PIL import Image

from gateway.effects.effect import NoParameters
from gateway.effects.watercolor import draw
from gateway.pictures.picture import Pixels
from tests.effects.cutouts import cutout, with_alpha

NOTHING: Final = NoParameters()


def opaque(colours: Pixels) -> Pixels:
    return with_alpha(colours, np.full(colours.shape[:2], 255, np.uint8))


def detail(pixels: Pixels) -> float:
    """Mean difference between neighbours."""
    return float(np.abs(np.diff(pixels[..., :3].astype(int), axis=1)).mean())


def test_fur_becomes_washes() -> None:
    fur = cutout("chelsea", 60, 150, 120, 120)
    large = np.asarray(Image.fromarray(fur).resize((1200, 1200), Image.Resampling.BICUBIC))
    noise = np.random.default_rng(1).normal(0, 25, (1200, 1200, 1))
    hairy = with_alpha(np.clip(large[..., :3] + noise, 0, 255).astype(np.uint8), np.ascontiguousarray(large[..., 3]))
    assert detail(draw(hairy, NOTHING)) < 0.35 * detail(hairy)


def test_edges_stay() -> None:
    colours = np.zeros((200, 300, 3), np.uint8)
    colours[:, :150], colours[:, 150:] = (60, 40, 30), (230, 200, 170)
    found = draw(opaque(colours), NOTHING)[..., :3].astype(float)
    left, right = found[:, 138:144].mean(), found[:, 156:162].mean()
    assert right - left > 100


def test_pigment_gathers_where_the_subject_ends() -> None:
    alpha = np.zeros((300, 300), np.uint8)
    alpha[:, 100:] = 255
    colours = np.full((300, 300, 3), (180, 140, 100), np.uint8)
    found = draw(with_alpha(colours, alpha), NOTHING)[..., :3].astype(float)
    assert found[:, 100:102].mean() < found[:, 150:300].mean() - 5


def test_the_paper_has_grain_and_the_paint_drifts() -> None:
    found = draw(opaque(np.full((900, 1200, 3), (150, 120, 100), np.uint8)), NOTHING)[..., 0].astype(float)
    blocks = found[:896, :1184].reshape(28, 32, 37, 32)
    assert blocks.std(axis=(1, 3)).mean() > 1, "no grain"
    assert blocks.mean(axis=(1, 3)).std() > 1, "no drift"


@pytest.mark.parametrize("height", [600, 1700])
def test_bands_leave_no_seam(height: int) -> None:
    y = np.linspace(0, 1, height)[:, None, None]
    colours = np.broadcast_to(60 + 120 * y + np.array([0, 20, 40]), (height, 300, 3))
    found = draw(opaque(np.ascontiguousarray(colours, np.uint8)), NOTHING)[..., :3].astype(float)
    steps = np.abs(np.diff(found, axis=0)).mean(axis=(1, 2))
    assert steps.max() < 4 * np.median(steps)


def test_looks_alike_at_every_size() -> None:
    photo = Image.fromarray(cutout("astronaut", 0, 60, 380, 340))
    large = np.array(photo.resize((1360, 1520), Image.Resampling.BICUBIC))
    large[large[..., 3] == 0] = 0
    small = np.array(Image.fromarray(draw(large, NOTHING)).resize(photo.size, Image.Resampling.BOX)).astype(int)
    found = draw(np.asarray(photo), NOTHING).astype(int)
    assert np.abs(found - small)[found[..., 3] == 255].mean() < 12
