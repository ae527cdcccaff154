"""The frame around a head, by the rules of its docstring."""

import numpy as np
import pytest

from gateway.pictures.frame import frame
from gateway.pictures.head import Head
from gateway.pictures.picture import Box
from gateway.pictures.shape import Cut, Shape

HEAD = Head(x=500, y=300, left=450, top=250, right=550, bottom=350)
NOSE = HEAD._replace(left=350)
EARS = HEAD._replace(top=100)
LEFT = HEAD._replace(x=55, left=5, right=105)
HIGH = HEAD._replace(y=55, top=5, bottom=105)
NARROW = HEAD._replace(x=41, left=1, right=81)
WIDE = Head(x=500, y=150, left=300, top=0, right=600, bottom=280)
PIXEL = Head(x=10.5, y=10.5, left=10, top=10, right=11, bottom=11)
BODY = Box(100, 100, width=800, height=1900)


def around(head: Head, *sides: str, body: Box = BODY, width: int = 1000, height: int = 2000) -> Box:
    cut = Cut(**{side: side in sides for side in Cut._fields})
    return frame(head, Shape(np.ones((1, 1), np.uint8), body, cut), width=width, height=height)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(around(HEAD), Box(220, 420, 160, 200), id="twice the head"),
        pytest.param(around(NOSE), Box(175, 325, 250, 312), id="wide enough for a nose"),
        pytest.param(around(EARS), Box(75, 300, 400, 500), id="below its middle under high ears"),
        pytest.param(
            around(HEAD, body=Box(100, 100, 800, 260)), Box(240, 440, 120, 150), id="not far below the subject"
        ),
        pytest.param(around(HEAD._replace(y=20, top=-30, bottom=70)), Box(-60, 420, 160, 200), id="beyond the picture"),
        pytest.param(around(HEAD, "right", width=600), Box(220, 420, 160, 200), id="room enough before a cut"),
        pytest.param(around(HEAD, "right", width=570), Box(230, 430, 140, 175), id="tighter before a cut"),
        pytest.param(around(HEAD, "right", width=555), Box(240, 435, 120, 150), id="moved from a cut to the right"),
        pytest.param(around(LEFT, "left"), Box(240, 0, 120, 150), id="moved from a cut to the left"),
        pytest.param(around(LEFT), Box(220, -25, 160, 200), id="beyond the left where nothing is cut"),
        pytest.param(around(HEAD, "bottom", height=360), Box(210, 440, 120, 150), id="moved from a cut below"),
        pytest.param(around(HIGH, "top"), Box(0, 440, 120, 150), id="moved from a cut above"),
        pytest.param(
            around(NARROW, "left", "right", width=82), Box(248, 0, 82, 102), id="wholly in, without room above"
        ),
        pytest.param(around(WIDE, "top", "bottom", height=290), Box(0, 334, 232, 290), id="no room between two cuts"),
        pytest.param(around(PIXEL, body=Box(10, 10, 1, 1)), Box(8, 8, 4, 5), id="the smallest"),
    ],
)
def test_frames(found: Box, expected: Box) -> None:
    assert found == expected
