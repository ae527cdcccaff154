"""Versions judged on pictures put together: the figures, and what is said without the pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.montage.chosen import chosen
from bench.montage.montage import Montage
from bench.stamps import CELL, digest, figures, main
from tests.photos import stored

MODEL = Path(__file__).parents[2] / "model_repository" / "inspyrenet_demo" / "1"
FULL = np.full((8, 8), 255, np.uint8)
HALF = np.repeat(np.array([255, 0], np.uint8), 4)[None].repeat(8, 0)
TWO = [Montage("food", b"one", FULL), Montage("animals", b"two", FULL)]


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """In place of every picture of the packages, the same disc or the same plain ground."""
    y, x = np.indices((150, 150)) - 75
    disc = np.zeros((150, 150, 4), np.uint8)
    disc[np.hypot(x, y) < 70] = (200, 30, 30, 255)
    files = {"stamps": stored(disc, "PNG"), "grounds": stored(np.full((200, 200, 3), 90, np.uint8), "PNG")}
    for kind, data in files.items():
        for each in getattr(chosen(), kind):
            (tmp_path / each.path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / each.path).write_bytes(data)
    return tmp_path


def test_figures_of_all_and_of_each_kind() -> None:
    found = figures([FULL, HALF // 5], TWO)
    assert found["food"] == {"pictures": 1, "mean_iou": 1, "median_iou": 1, "mean_mae": 0, "below_half": 0}
    assert found["animals"] == {"pictures": 1, "mean_iou": 0.1, "median_iou": 0.1, "mean_mae": 0.9, "below_half": 1}
    assert found["all"] == {"pictures": 2, "mean_iou": 0.55, "median_iou": 0.55, "mean_mae": 0.45, "below_half": 1}


def test_digest_tells_other_pictures() -> None:
    assert digest(TWO) != digest(TWO[::-1])


def test_a_version_judged(unpacked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, looked_at = tmp_path / "figures.json", tmp_path / "sheet.jpg"
    main([str(MODEL), "--pictures", str(unpacked), "--count", "3", "--json", str(kept), "--sheet", str(looked_at)])
    result = json.loads(kept.read_text())
    measured = result["versions"][str(MODEL)]["all"]
    assert measured["pictures"] == 3
    assert measured["mean_iou"] > 0.8  # a disc before a plain ground, so a lower one means that the path is broken
    printed = capsys.readouterr().out
    assert result["pictures_sha256"] in printed
    assert f"{measured['mean_iou']:.3f}" in printed
    with Image.open(looked_at) as picture:
        assert picture.size == (3 * 2 * CELL, CELL)


def test_packages_that_are_missing_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(MODEL), "--pictures", str(tmp_path)])
    wanted = "lomiri-wallpapers-16.04 mate-backgrounds plasma-workspace-wallpapers tuxpaint-stamps-default"
    assert f"apt-get download {wanted}" in capsys.readouterr().err
