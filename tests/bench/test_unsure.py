"""How well confidences tell two kinds of pictures apart, and the empty pictures themselves."""

import numpy as np
import pytest

from bench.unsure import EMPTY, SCENES, SUBJECT, Series, auc, suggested

KINDS = {**SUBJECT, **EMPTY, **SCENES}


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        pytest.param([0.8, 0.9], [0.1, 0.2, 0.3], 1, id="apart"),
        pytest.param([0.1], [0.8, 0.9], 0, id="the wrong way"),
        pytest.param([0.5, 0.5], [0.5], 0.5, id="equal"),
        pytest.param([0.2, 0.9], [0.1, 0.5], 0.75, id="mixed"),
    ],
)
def test_auc(above: list[float], below: list[float], expected: float) -> None:
    assert auc(np.array(above), np.array(below)) == expected


def test_suggested_threshold_takes_one_of_a_hundred_for_empty() -> None:
    subject = np.linspace(0, 1, 1001)
    assert (subject < suggested(subject)).mean() == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize("series", KINDS.values(), ids=KINDS)
def test_a_series_is_the_same_each_time(series: Series) -> None:
    first, again = list(series(64, 3)), list(series(64, 3))
    assert [(each.shape, each.dtype) for each in first] == 3 * [((64, 64, 3), np.uint8)]
    assert np.array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
