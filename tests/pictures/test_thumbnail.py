"""Alpha made small."""

import cv2
import numpy as np
import pytest

from gateway.pictures.thumbnail import thumbnail


@pytest.mark.parametrize("shape", [(1, 1), (40, 30), (81, 60), (400, 300), (417, 333), (1, 5000), (3000, 2)], ids=str)
def test_cells_are_means(shape: tuple[int, int]) -> None:
    height, width = (min(each, 40) for each in shape)
    ramp = np.add.outer(np.linspace(0, 120, shape[0]), np.linspace(0, 120, shape[1])).astype(np.uint8)
    small = thumbnail(ramp, width, height)
    exactly = cv2.resize(ramp, (width, height), interpolation=cv2.INTER_AREA)
    assert small.shape == (height, width)
    assert cv2.absdiff(small, exactly).max() <= 4  # half a cell along both axes, and rounding
