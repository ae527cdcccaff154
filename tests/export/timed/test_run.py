"""A whole run, seconds long and tiny: training, judging, and all that it leaves."""

import argparse
import json
from dataclasses import fields

import numpy as np
import pytest
import torch

from export.__main__ import main
from export.commands import train_timed
from export.timed.judged import area_under_curve, empty
from export.timed.results import read_weights
from export.timed.run import Order, begin, setup
from export.timed.schedule import CPU, FURTHER, GPU
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


def ordered(*options):
    parser = argparse.ArgumentParser()
    train_timed.options(parser)
    arguments = parser.parse_args(options)
    return Order(**{field.name: getattr(arguments, field.name) for field in fields(Order)})


@pytest.mark.parametrize(
    ("options", "device", "schedule", "first"),
    [
        ([], "cpu", CPU, 240),
        ([], "cuda", GPU, 12_000),
        (["--batch-factor", "0.5", "--pictures", "30"], "cuda", GPU.scaled(0.5), 30),
        (["--from", "there"], "cpu", FURTHER, 240),
        (["--from", "there"], "cuda", FURTHER.scaled(4), 12_000),
    ],
    ids=["a cpu", "a gpu", "smaller", "further", "further on a gpu"],
)
def test_what_is_not_said_suits_the_device(options, device, schedule, first):
    plan = setup(ordered(*options), torch.device(device))
    assert plan.schedule == schedule
    assert plan.supply.first == first <= plan.supply.capacity


def test_shares_of_pictures_are_the_supplys():
    plan = setup(ordered("--painted", "0.6", "--empty", "0.02", "--rendering", "0"), torch.device("cpu"))
    assert (plan.supply.painted, plan.supply.empty, plan.supply.share) == (0.6, 0.02, 0)


@pytest.mark.parametrize(
    ("options", "rate"),
    [([], 0.03), (["--variant", "demo-small"], 1.0), (["--backbone-rate", "0"], 0.0)],
    ids=["published", "from nothing", "as told"],
)
def test_a_backbone_with_published_weights_learns_slowly(options, rate):
    assert begin(ordered(*options)).backbone_rate == rate


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--empty", "1.5"], "'1.5' is not a share: a number from 0 to 1"),
        (["--painted", "half"], "'half' is not a share"),
        (["--backbone-rate", "-0.1"], "'-0.1' is not a share"),
        (["--pictures", "0"], "'0' is not a count: a whole number from 1"),
        (["--variant", "demo-huge"], "invalid choice: 'demo-huge'"),
        (["--variant", "base"], "invalid choice: 'base'"),
    ],
)
def test_what_is_out_of_bounds_is_refused(options, text, capsys):
    with pytest.raises(SystemExit, match="2"):
        ordered(*options)
    assert text in capsys.readouterr().err


def test_weights_that_are_not_there_are_told_before_anything_is_drawn(tmp_path, capsys):
    folders = ["--from", str(tmp_path / "gone"), "--run", str(tmp_path / "run"), "--out", str(tmp_path / "out")]
    assert main(["train-timed", "--tiny", "--painters", "0", *folders]) == 1
    said = capsys.readouterr()
    assert "weights.0.pth: no such part of a checkpoint" in said.err and "first pictures" not in said.out


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
