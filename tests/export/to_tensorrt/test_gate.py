"""How an engine is compared with its ONNX file; real sessions of ONNX Runtime play both."""

import numpy as np
import onnxruntime as ort
import pytest

from export.contract import MODEL_FILE
from export.to_tensorrt.build import runner
from export.to_tensorrt.errors import AccuracyError
from export.to_tensorrt.gate import Agreement, Bounds, compare
from tests.export import tiny

PICTURES = tiny.pictures(8, 5)


def model(folder, weights=tiny.LUMA):
    return runner(ort.InferenceSession(tiny.write(folder, 8, weights) / MODEL_FILE, providers=["CPUExecutionProvider"]))


def test_a_model_agrees_with_itself_at_every_batch(tmp_path):
    run = model(tmp_path / "1")
    found = list(compare(run, run, PICTURES, (1, 4, 8)))
    assert found == [Agreement(batch, 0.0, 1.0, 0.0) for batch in (1, 4, 8)]
    for figure in found:
        figure.check(Bounds())


def test_a_spoilt_model_is_refused(tmp_path):
    spoilt = model(tmp_path / "spoilt", (0.299, 0.587, 0.05))
    (figure,) = compare(spoilt, model(tmp_path / "1"), PICTURES, (4,))
    with pytest.raises(AccuracyError, match="batch 4"):
        figure.check(Bounds())


def test_every_batch_has_the_size_in_question_and_every_picture_counts(tmp_path):
    run, sizes = model(tmp_path / "1"), []

    def spoilt_in_the_last_batch(images):
        sizes.append(len(images))
        alpha, confidence = run(images)
        return (alpha if len(sizes) < 3 else 255 - alpha), confidence

    (figure,) = compare(spoilt_in_the_last_batch, run, PICTURES, (2,))
    assert sizes == [2, 2, 2]
    assert figure.error > 1
    assert figure.iou < 0.97


def test_one_ruined_picture_does_not_hide_in_the_mean(tmp_path):
    run = model(tmp_path / "1")

    def empty_first(images):
        alpha, confidence = run(images)
        return np.concatenate([np.zeros_like(alpha[:1]), alpha[1:]]), confidence

    (figure,) = compare(empty_first, run, PICTURES, (8,))
    with pytest.raises(AccuracyError, match=r"soft IoU of 0, needed 0\.97"):
        figure.check(Bounds(error=255))


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({"error": 1.5}, "1.5/255 on average, allowed 1/255"),
        ({"iou": 0.9}, "soft IoU of 0.9, needed 0.97"),
        ({"confidence": 0.5}, "confidence by 0.5, allowed 0.02"),
        ({"confidence": float("nan")}, "confidence by nan"),
    ],
    ids=["error", "iou", "confidence", "overflow"],
)
def test_the_figure_that_is_out_of_bounds_is_named(figures, text):
    good = {"batch": 4, "error": 0.1, "iou": 0.999, "confidence": 0.001}
    Agreement(**good).check(Bounds())
    with pytest.raises(AccuracyError, match=text):
        Agreement(**good | figures).check(Bounds())
