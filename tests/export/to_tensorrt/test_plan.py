"""What TensorRT is told, and that Triton tells it the same; see tests/test_configs.py for the configurations."""

import pytest

from export.to_tensorrt.errors import PlanError
from export.to_tensorrt.plan import Plan, provider_options


def test_the_profile_spans_the_batches():
    parameters = Plan(size=384, opt_batch=4, max_batch=8).parameters("/cache")
    assert parameters["trt_profile_min_shapes"] == "image:1x384x384x3"
    assert parameters["trt_profile_opt_shapes"] == "image:4x384x384x3"
    assert parameters["trt_profile_max_shapes"] == "image:8x384x384x3"


def test_onnx_runtime_gets_what_triton_s_backend_makes_of_the_parameters():
    parameters = Plan(size=384, workspace_mb=2).parameters("/cache")
    unchanged = {key: value for key, value in parameters.items() if key.startswith("trt_")}
    assert provider_options(parameters) == {
        **unchanged,
        "trt_fp16_enable": "1",
        "trt_max_workspace_size": "2097152",
        "device_id": "0",
    }


@pytest.mark.parametrize(
    ("opt", "largest", "batches"),
    [(4, 8, (1, 4, 8)), (1, 8, (1, 8)), (8, 8, (1, 8)), (1, 1, (1,))],
    ids=["three", "opt is one", "opt is the largest", "one"],
)
def test_each_batch_is_tried_once(opt, largest, batches):
    assert Plan(size=384, opt_batch=opt, max_batch=largest).batches == batches


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"opt_batch": 0}, "tune for is 0"),
        ({"opt_batch": 9, "max_batch": 8}, "tune for is 9 and the largest 8"),
        ({"workspace_mb": 0}, "workspace is 0 MB"),
    ],
    ids=["no batch", "opt beyond max", "no workspace"],
)
def test_a_contradiction_is_refused(options, text):
    with pytest.raises(PlanError, match=text):
        Plan(size=384, **options)
