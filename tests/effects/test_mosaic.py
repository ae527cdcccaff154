"""What makes a mosaic one."""

from typing import Final

import numpy as np
from PIL import Image

from gateway.effects.effect import NoParameters
from gateway.effects.mosaic import draw
from gateway.pictures.picture import Pixels
from tests.effects.cutouts import cutout, with_alpha

NOTHING: Final = NoParameters()
MORTAR: Final = (150, 142, 132)


def opaque(colours: Pixels) -> Pixels:
    return with_alpha(colours, np.full(colours.shape[:2], 255, np.uint8))


def mortar(pixels: Pixels) -> np.ndarray:
    return np.abs(pixels[..., :3].astype(int) - MORTAR).max(axis=2) < 25


def test_stones_lie_in_mortar() -> None:
    found = draw(opaque(np.full((1000, 1000, 3), (40, 60, 160), np.uint8)), NOTHING)
    assert 0.05 < mortar(found).mean() < 0.3


def test_stones_have_the_colours_of_the_picture() -> None:
    colours = np.empty((800, 800, 3), np.uint8)
    colours[:, :400], colours[:, 400:] = (200, 40, 40), (40, 60, 180)
    found = draw(opaque(colours), NOTHING)
    left, right = (part[~mortar(part)][:, :3].mean(axis=0) for part in (found[:, :370], found[:, 430:]))
    assert left[0] > 170 and left[2] < 60
    assert right[2] > 150 and right[0] < 60


def test_stones_are_smaller_where_there_is_detail() -> None:
    colours = np.full((800, 1600, 3), (60, 60, 60), np.uint8)
    colours[:, 800:][np.indices((800, 800)).sum(axis=0) // 40 % 2 == 0] = (20, 20, 20)
    found = draw(opaque(colours), NOTHING)
    assert mortar(found[:, 860:]).mean() > 1.4 * mortar(found[:, :740]).mean()


def test_stones_are_lit_from_the_upper_left() -> None:
    found = draw(opaque(np.full((1200, 1200, 3), (60, 120, 200), np.uint8)), NOTHING)
    joint = mortar(found)
    blue = found[..., 2].astype(int)
    stone = np.abs(blue - 200) < 54
    lower_right_of_a_joint = ~joint[2:-2, 2:-2] & stone[2:-2, 2:-2] & joint[:-4, :-4] & ~joint[4:, 4:]
    upper_left_of_a_joint = ~joint[2:-2, 2:-2] & stone[2:-2, 2:-2] & joint[4:, 4:] & ~joint[:-4, :-4]
    inner = blue[2:-2, 2:-2]
    assert inner[lower_right_of_a_joint].mean() > inner[upper_left_of_a_joint].mean() + 8


def test_looks_alike_at_every_size() -> None:
    photo = Image.fromarray(cutout("chelsea", 0, 100, 300, 300))
    large = np.array(photo.resize((1500, 1500), Image.Resampling.BICUBIC))
    large[large[..., 3] == 0] = 0
    drawn = [draw(pixels, NOTHING) for pixels in (np.asarray(photo), large)]
    one, other = (
        np.asarray(Image.fromarray(each).resize((30, 30), Image.Resampling.BOX)).astype(int) for each in drawn
    )
    assert np.abs(one - other)[one[..., 3] == 255].mean() < 14
