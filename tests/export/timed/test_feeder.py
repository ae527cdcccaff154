"""Pictures from all sides end up in the pool, the newest in place of the oldest."""

import numpy as np
import pytest
import torch

from export.scenes.dice import Dice
from export.timed.feeder import Feeder, Supply
from export.timed.painters import SHEET, Painters, paint
from export.timed.pool import Pool

CPU = torch.device("cpu")


def test_the_newest_replace_the_oldest():
    pool = Pool(4, 8, CPU)
    for value in (0.2, 0.4, 0.6):
        pool.add(torch.full((2, 4, 8, 8), value), torch.full((2, 4, 8, 8), value))
    assert len(pool) == 4 and pool.added == 6
    assert pool.figures[:, 0, 0, 0].tolist() == [153, 153, 102, 102]
    figures, grounds = pool.drawn(Dice(1), 16)
    assert torch.equal(figures, grounds) and figures.min() > 0.39 and figures.max() < 0.61


def test_a_sheet_is_the_same_for_the_same_seed_and_holds_mattes():
    sheet = paint(1, 2, 64, 0.5)
    assert sheet.shape == (SHEET, 8, 64, 64) and sheet.dtype == np.uint8
    assert np.array_equal(sheet, paint(1, 2, 64, 0.5)) and not np.array_equal(sheet, paint(1, 3, 64, 0.5))
    assert (sheet[:, :3].max(1) <= sheet[:, 3].astype(int) + 2).all()
    assert (sheet[:, 3].mean((1, 2)) > 2).all()


def test_painters_paint_what_is_fed():
    with Painters(1, 1, 64, 0.5) as painters:
        feeder = Feeder(Supply(64, 24, 4, 4, 0.0, 1), 1, CPU, painters)
        painters.under_way[0].result()
        feeder.feed(0.0)
        assert feeder.painted.added >= SHEET
        figures, grounds = feeder.drawn(Dice(1), 4)
        assert figures.shape == grounds.shape == (4, 4, 64, 64)


def test_a_sheet_that_is_taken_is_replaced_at_once():
    with Painters(1, 1, 64, 0.5) as painters:
        for each in list(painters.under_way):
            each.result()
        next(painters.ready())
        assert (len(painters.under_way), painters.started) == (2, 3)


@pytest.mark.parametrize(("share", "more"), [(0.0, 0), (1.0, 4)])
def test_rendering_takes_its_share_of_the_time(share, more):
    with Painters(0, 1, 64, 0.5) as painters:
        feeder = Feeder(Supply(64, 24, 4, 4, share, 0), 1, CPU, painters)
        before = feeder.rendered.added
        feeder.feed(1e-6)
        assert feeder.rendered.added == before + more
