"""Pictures put together: the subject where its alpha says, the ground elsewhere, the same again from the same seed."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bench.montage.chosen import Chosen, Ground, Stamp
from bench.montage.montage import SIDE, InvisibleError, montages

THESE = Chosen([Stamp("food/pie.png"), Stamp("vehicles/plane.png", flies=True)], [Ground("sea", "sea.png")])
RED = (200, 30, 30)
BLUE = (40, 60, 190)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """Red discs of different sizes, before blue."""
    for stamp, side in zip(THESE.stamps, (150, 400), strict=True):
        y, x = np.indices((side, side)) - side / 2
        disc = np.where(np.hypot(x, y) < side / 2 - 1, 255, 0).astype(np.uint8)
        save(np.dstack([np.full((side, side, 3), RED, np.uint8), disc]), tmp_path / stamp.path)
    save(np.full((300, 400, 3), BLUE, np.uint8), tmp_path / THESE.grounds[0].path)
    return tmp_path


def save(pixels: NDArray[np.uint8], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def test_subject_is_where_alpha_is_and_ground_elsewhere(unpacked: Path) -> None:
    for each in montages(THESE, unpacked, 8):
        red, _, blue = np.moveaxis(np.asarray(Image.open(io.BytesIO(each.data)), int), -1, 0)
        assert red.shape == each.truth.shape == (SIDE, SIDE)
        assert (red - blue)[each.truth > 250].min() > 30
        assert (red - blue)[each.truth < 5].max() < 10
        assert 0.03 <= each.truth.mean() / 255 < 0.8


def test_every_stamp_is_used_in_turn(unpacked: Path) -> None:
    kinds = [each.kind for each in montages(THESE, unpacked, 4)]
    assert set(kinds[:2]) == {"food", "vehicles"}
    assert kinds[:2] == kinds[2:]


def test_same_seed_same_pictures(unpacked: Path) -> None:
    first, again, other = ([each.data for each in montages(THESE, unpacked, 3, seed)] for seed in (1, 1, 2))
    assert first == again
    assert not set(first) & set(other)


def test_fewer_pictures_are_the_first_of_more(unpacked: Path) -> None:
    few, more = ([each.data for each in montages(THESE, unpacked, count)] for count in (2, 3))
    assert few == more[:2]


def test_a_subject_of_its_ground_s_colour_is_refused(unpacked: Path) -> None:
    save(np.full((300, 400, 3), RED, np.uint8), unpacked / THESE.grounds[0].path)
    with pytest.raises(InvisibleError, match="stands out from none"):
        list(montages(THESE, unpacked, 1))
