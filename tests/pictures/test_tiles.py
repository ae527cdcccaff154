"""Boxes around what is wanted."""

import numpy as np
import pytest

from gateway.pictures.picture import Box
from gateway.pictures.tiles import STEP, boxes, cut, place


@pytest.mark.parametrize("share", [0, 1e-5, 1e-3, 1])
@pytest.mark.parametrize("size", [(1, 1), (3, 700), (600, 513), (256, 256)], ids=str)
def test_boxes_hold_what_is_wanted_once(size: tuple[int, int], share: float) -> None:
    wanted = (np.random.default_rng(1).random(size) < share).astype(np.uint8)
    covered = np.zeros(size, int)
    for box in (box for row in boxes(wanted) for box in row):
        assert all(each % STEP == 0 for each in box) and wanted[place(box)].any()
        covered[place(box)] += 1
    assert covered.max() <= 1
    assert (covered[wanted > 0] == 1).all()


def test_boxes_come_by_rows_without_empty_ones() -> None:
    wanted = np.zeros((1000, 1000), np.uint8)
    wanted[10, 10] = wanted[20, 900] = wanted[990, 500] = 1
    assert boxes(wanted) == [[Box(8, 8, 8, 8), Box(16, 896, 8, 8)], [Box(984, 496, 8, 8)]]


def test_a_pixel_may_stand_for_several() -> None:
    wanted = np.zeros((100, 100), np.uint8)
    wanted[40:42, 5] = 1
    assert boxes(wanted, scale=8) == [[Box(320, 40, width=8, height=16)]]


def test_a_cut_continues_the_picture_s_border() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (20, 30, 4), np.uint8)
    expected = np.pad(picture, ((16, 20), (16, 18), (0, 0)), mode="edge")
    assert np.array_equal(cut(picture, Box(0, 0, width=32, height=24), 16), expected)
    assert np.array_equal(cut(picture[..., 0], Box(8, 8, width=8, height=8), 2), picture[6:18, 6:18, 0])
