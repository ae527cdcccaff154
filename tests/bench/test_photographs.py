"""Masks drawn by hand: what the rings cover, and drawings that do not fit."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.photographs import FOLDER, Photograph, PhotographError, area, photograph, photographs

ALL = list(photographs())
DATA = b"any file"
SQUARE = [[1, 1], [3, 1], [3, 3], [1, 3]]
DRAWING: dict[str, Any] = {
    "source": {"file": "photo.jpg"},
    "credit": "nobody",
    "sha256": hashlib.sha256(DATA).hexdigest(),
    "width": 6,
    "height": 4,
    "subject": "a square",
    "left_out": "nothing",
    "outlines": [SQUARE],
    "holes": [],
    "unscored": [],
}


def drawn(folder: Path, **changes: Any) -> Photograph:
    (folder / "photo.jpg").write_bytes(DATA)
    (folder / "photo.json").write_text(json.dumps(DRAWING | changes))
    return photograph(folder / "photo.json")


def test_there_are_enough() -> None:
    assert len(ALL) >= 8
    assert [each.name for each in ALL] == sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_a_drawing_is_of_its_photograph(each: Photograph) -> None:
    with Image.open(io.BytesIO(each.data)) as picture:
        assert picture.size == (each.drawing.width, each.drawing.height)
    assert each.truth.shape == each.scored.shape == (each.drawing.height, each.drawing.width)
    assert 0.01 < each.truth[each.scored].mean() / 255 < 0.9
    assert each.scored.mean() > 0.85


def test_every_picture_that_lies_here_is_drawn_on() -> None:
    used = {each.drawing.source.file for each in ALL if each.drawing.source.distribution is None}
    assert {path.name for path in FOLDER.iterdir() if path.suffix != ".json"} == used


def test_area_of_whole_pixels_is_exact() -> None:
    expected = np.zeros((4, 6), np.uint8)
    expected[1:3, 1:3] = 255
    assert np.abs(area([SQUARE], 6, 4).astype(int) - expected).max() <= 64  # OpenCV fills half a sample too much
    assert np.array_equal(area([SQUARE], 6, 4) > 127, expected > 127)


def test_area_of_a_slanted_ring_is_its_area() -> None:
    assert area([[(10, 10), (90, 20), (40, 80)]], 100, 100).sum() / 255 == pytest.approx(2650, rel=0.02)


def test_area_of_rings_that_overlap_counts_once() -> None:
    assert np.array_equal(area([SQUARE, SQUARE], 6, 4), area([SQUARE], 6, 4))


def test_holes_are_cut_out(tmp_path: Path) -> None:
    assert drawn(tmp_path, holes=[SQUARE]).truth.max() == 0


def test_what_is_unscored_is_left_out(tmp_path: Path) -> None:
    found = drawn(tmp_path, unscored=[[[0, 0], [6, 0], [6, 1], [0, 1]]])
    assert not found.scored[0].any()
    assert found.scored[2:].all()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"outlines": []}, "length >= 1", id="no outline"),
        pytest.param({"outlines": [SQUARE[:2]]}, "length >= 3", id="a ring of two points"),
        pytest.param({"outlines": [[[0, 0], [7, 0], [0, 4]]]}, "outside of 6 × 4", id="outside"),
        pytest.param({"width": 0}, ">= 1", id="no width"),
        pytest.param({"rings": []}, "unknown field `rings`", id="unknown field"),
        pytest.param({"sha256": "0" * 64}, "not the photograph that was drawn on", id="another photograph"),
        pytest.param({"source": {"file": "gone.jpg"}}, "is not there", id="no photograph"),
        pytest.param({"source": {"file": "x", "distribution": "no-such"}}, "is not installed", id="no distribution"),
    ],
)
def test_refuses_what_does_not_fit(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(PhotographError, match=reason):
        drawn(tmp_path, **changes)
