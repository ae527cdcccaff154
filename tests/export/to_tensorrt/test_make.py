"""The whole way from a version to its engine. In place of TensorRT another model's session answers: equal, or spoilt."""

import json
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort
import pytest

from export.contract import MODEL_FILE
from export.to_tensorrt.build import Engine, runner
from export.to_tensorrt.errors import AccuracyError
from export.to_tensorrt.gate import Bounds
from export.to_tensorrt.machine import Gpu
from export.to_tensorrt.make import make
from export.to_tensorrt.plan import Plan
from export.to_tensorrt.source import opened
from tests.export import tiny

SIZE = 8
PLAN = Plan(SIZE, opt_batch=2, max_batch=4)


@dataclass(frozen=True)
class Answering:
    """A builder whose engine answers as the model in a folder does."""

    folder: Path

    def build(self, model, plan, cache):
        (cache / "graph_1_fp16_sm89.engine").write_bytes(b"engine")
        session = ort.InferenceSession(self.folder / MODEL_FILE, providers=["CPUExecutionProvider"])
        return Engine(runner(session), "10.9.0", "1.22.0", Gpu("NVIDIA L4", "89"))


def test_a_good_engine_is_placed_with_its_record(tmp_path):
    source = opened(tiny.write(tmp_path / "model" / "1", SIZE))
    measured = []
    target = make(source, PLAN, tiny.pictures(SIZE), Bounds(), Answering(source.folder), measured.append)
    assert target == source.folder / "tensorrt" / f"{source.digest[:16]}-trt10.9.0-sm89"
    assert (target / "graph_1_fp16_sm89.engine").is_file()
    record = json.loads((target / "engine.json").read_text())
    assert record["digest"] == source.digest
    assert record["onnxruntime"] == "1.22.0"
    assert record["gpu"] == "NVIDIA L4"
    assert record["plan"] == {"size": SIZE, "opt_batch": 2, "max_batch": 4, "workspace_mb": 4096}
    assert [figure["batch"] for figure in record["agreement"]] == [figure.batch for figure in measured] == [1, 2, 4]


def test_a_spoilt_engine_is_measured_refused_and_not_placed(tmp_path):
    source = opened(tiny.write(tmp_path / "model" / "1", SIZE))
    spoilt = tiny.write(tmp_path / "spoilt", SIZE, (0.299, 0.587, 0.05))
    measured = []
    with pytest.raises(AccuracyError, match="batch 1: the engine differs"):
        make(source, PLAN, tiny.pictures(SIZE), Bounds(), Answering(spoilt), measured.append)
    assert [figure.batch for figure in measured] == [1]
    assert sorted(source.folder.iterdir()) == sorted(source.files)
