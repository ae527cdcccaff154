"""`python -m export engine`, up to the point from which a GPU is needed."""

import argparse

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image

from export.commands.engine import COMMAND, bounds, images, planned
from export.to_tensorrt.errors import MachineError, PlanError, SourceError
from export.to_tensorrt.gate import Bounds
from export.to_tensorrt.machine import PROVIDER
from export.to_tensorrt.plan import PLANS, Plan
from tests.export import tiny


def parsed(*arguments):
    grammar = argparse.ArgumentParser()
    COMMAND.options(grammar)
    return grammar.parse_args(arguments)


@pytest.mark.parametrize("model", sorted(PLANS))
def test_a_model_that_is_configured_has_its_plan(model, capsys):
    assert planned(parsed(f"{model}/1"), PLANS[model].size) == PLANS[model]
    assert capsys.readouterr().err == ""


def test_another_model_has_the_usual_plan_at_its_own_size():
    assert planned(parsed("inspyrenet_demo/1"), 384) == Plan(384)


def test_the_command_line_prevails_and_what_the_server_will_do_is_said(capsys):
    asked = parsed("inspyrenet/1", "--opt-batch", "2", "--max-batch", "6", "--workspace", "100")
    assert planned(asked, 1024) == Plan(1024, opt_batch=2, max_batch=6, workspace_mb=100)
    warning = capsys.readouterr().err
    assert "batches up to 8, tuned for 4" in warning
    assert "batches up to 6, tuned for 2, with a workspace of 100 MB" in warning


def test_a_contradiction_is_refused():
    with pytest.raises(PlanError, match="tune for is 9"):
        planned(parsed("inspyrenet/1", "--opt-batch", "9"), 1024)


def test_bounds_are_the_gate_s_unless_asked_for():
    assert bounds(parsed("inspyrenet/1")) == Bounds()
    assert bounds(parsed("inspyrenet/1", "--max-error", "0.5", "--min-iou", "0.99")) == Bounds(error=0.5, iou=0.99)


def test_synthetic_pictures_are_the_default():
    assert images(parsed("inspyrenet_demo/1", "--count", "2"), 96).shape == (2, 96, 96, 3)


def test_photographs_are_read_and_those_that_cannot_be_are_named(tmp_path, capsys):
    Image.fromarray(np.full((10, 20, 3), 200, np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    found = images(parsed("inspyrenet_demo/1", "--pictures", str(tmp_path)), 16)
    assert found.shape == (1, 16, 16, 3)
    assert (found == 200).all()
    assert "b.jpg cannot be read" in capsys.readouterr().err


def test_a_version_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"inspyrenet/7/model\.onnx: is missing"):
        COMMAND.run(parsed("inspyrenet/7", "--repository", str(tmp_path)))


@pytest.mark.skipif(PROVIDER in ort.get_available_providers(), reason="this ONNX Runtime has TensorRT")
def test_without_tensorrt_it_is_said_what_to_install_and_nothing_is_placed(tmp_path):
    folder = tiny.write(tmp_path / "model" / "1", 8)
    before = sorted(folder.iterdir())
    with pytest.raises(MachineError, match=r"has no TensorRT, only .*onnxruntime-gpu"):
        COMMAND.run(parsed("model/1", "--repository", str(tmp_path)))
    assert sorted(folder.iterdir()) == before
