"""How engines are built: the one declaration, of which `configs/l4.pbtxt` of each model is a copy that tests compare.

Triton's backend names two of the provider's options differently; what is declared here are Triton's parameters:
https://github.com/triton-inference-server/onnxruntime_backend#parameter-mapping-between-onnx-runtime-and-triton-onnxruntime-backend
"""

from collections.abc import Mapping
from dataclasses import dataclass

from export.contract import IMAGE
from export.to_tensorrt.errors import PlanError

_RENAMED = {"max_workspace_size_bytes": "trt_max_workspace_size"}
_PRECISION = "precision_mode"
_PRECISIONS = {"FP32": {}, "FP16": {"trt_fp16_enable": "1"}}


@dataclass(frozen=True)
class Plan:
    """What TensorRT may assume and use.

    Attributes:
        size: side S of the pictures.
        opt_batch: batch that the engine is tuned for.
        max_batch: largest batch that it takes.
        workspace_mb: memory that TensorRT may use beside weights and activations, in MiB.

    Raises PlanError unless 1 <= opt_batch <= max_batch and there is a workspace.
    """

    size: int
    opt_batch: int = 4
    max_batch: int = 8
    workspace_mb: int = 4096

    def __post_init__(self) -> None:
        if not 1 <= self.opt_batch <= self.max_batch:
            raise PlanError(
                f"the batch to tune for is {self.opt_batch} and the largest {self.max_batch}: "
                "both are at least 1, and the first at most the second"
            )
        if self.workspace_mb < 1:
            raise PlanError(f"the workspace is {self.workspace_mb} MB: it is at least 1")

    def __str__(self) -> str:
        return f"batches up to {self.max_batch}, tuned for {self.opt_batch}, with a workspace of {self.workspace_mb} MB"

    @property
    def batches(self) -> tuple[int, ...]:
        """The batches to try: one picture, the batch tuned for, the largest."""
        return tuple(sorted({1, self.opt_batch, self.max_batch}))

    def parameters(self, cache: str) -> dict[str, str]:
        """Triton's parameters of the accelerator "tensorrt", with `cache` as the folder that holds the engines."""
        return {
            _PRECISION: "FP16",
            "max_workspace_size_bytes": str(self.workspace_mb << 20),
            # Swin's normalisations overflow in half precision.
            "trt_layer_norm_fp32_fallback": "1",
            # TensorRT's own default, stated because an engine of another level is another engine.
            "trt_builder_optimization_level": "3",
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": cache,
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": cache,
            # Without them the provider builds again whenever a batch is larger than any before.
            "trt_profile_min_shapes": self._shape(1),
            "trt_profile_opt_shapes": self._shape(self.opt_batch),
            "trt_profile_max_shapes": self._shape(self.max_batch),
        }

    def _shape(self, batch: int) -> str:
        return f"{IMAGE}:{batch}x{self.size}x{self.size}x3"


PLANS = {
    "inspyrenet": Plan(size=1024, opt_batch=4, max_batch=8),
    "inspyrenet_fast": Plan(size=384, opt_batch=8, max_batch=16),
}
"""Of the models that are served on an L4, by their name in the repository."""


def cache_of(model: str) -> str:
    """Where a server finds the engines of a model: all its versions share one configuration, so one folder."""
    return f"/engines/{model}"


def provider_options(parameters: Mapping[str, str], device: int = 0) -> dict[str, str]:
    """ONNX Runtime's options of the TensorRT provider, as Triton's backend derives them from its parameters."""
    options = {_RENAMED.get(key, key): value for key, value in parameters.items() if key != _PRECISION}
    return {**options, **_PRECISIONS[parameters[_PRECISION]], "device_id": str(device)}
