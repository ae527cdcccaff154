"""A whole run, seconds long and tiny: training, judging, and all that it leaves."""

import json

import numpy as np
import pytest
import torch

from export.__main__ import main
from export.timed.judged import area_under_curve, empty
from export.timed.results import read_weights
from export.variants import VARIANTS


def test_a_run_leaves_weights_scores_and_sheets(tmp_path, capsys):
    options = ["--seconds", "8", "--tiny", "--painters", "0", "--held-out", "8", "--device", "cpu"]
    folders = ["--run", str(tmp_path / "run"), "--out", str(tmp_path / "out")]
    assert main(["train-timed", *options, *folders]) == 0
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert record["steps"] > 0
    assert {"scenes easy", "scenes hard", "painted easy", "painted hard"} < record["scores"].keys()
    assert record["start"] == "demo-lite anew, backbone's rate 0.03"
    VARIANTS["demo-lite"].build().load_state_dict(read_weights(tmp_path / "out"))
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "weights.0.pth", "weights.1.pth", "record.json", "log.csv", "scenes-easy.jpg", "scenes-hard.jpg",
    }  # fmt: skip
    assert "pictures/s" in capsys.readouterr().out


def test_empty_pictures_have_no_subject():
    pictures = empty(64, 16, torch.device("cpu"))
    assert pictures.images.shape == (16, 64, 64, 3) and pictures.images.dtype == np.uint8
    assert pictures.alphas.max() == 0


@pytest.mark.parametrize(
    ("positive", "negative", "area"),
    [([0.9, 0.8], [0.1, 0.2], 1.0), ([0.9, 0.1], [0.5], 0.5), ([0.5], [0.5], 0.5)],
    ids=["apart", "mixed", "equal"],
)
def test_area_under_the_curve(positive, negative, area):
    assert area_under_curve(np.array(positive, np.float32), np.array(negative, np.float32)) == area
