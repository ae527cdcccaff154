"""What the embedded Triton is asked to be."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_MODEL_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class EmbeddedConfig:
    """One embedded Triton, as wanted.

    repository: the model repository, `<model>/config.pbtxt` and `<model>/<version>/model.onnx`.
    models: names to load at the start; others can be loaded later through Triton's control API.
    environ: the variables Triton may see (`command.environment` takes the few it needs) and the PATH to find it on.
    grpc_port, http_port, metrics_port: 0 takes a free one.
    start_seconds: how long one start may take until every model is ready.
    stop_seconds: how long Triton may finish what is in flight before it is killed.
    key: the value of the header TRITON_KEY_NAME, without which nobody loads models; its own for each run unless it is given.
    otlp: address of an OTLP receiver for the traces that its callers name, "" for none.
    preload: asked at each start whether the models are loaded by it; else that is left to who uses the control API.

    Raises ValueError for an empty list of models, a name Triton cannot take, or a time that is not positive.
    """

    repository: Path
    models: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    grpc_port: int = 0
    http_port: int = 0
    metrics_port: int = 0
    start_seconds: float = 60.0
    stop_seconds: float = 5.0
    key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    otlp: str = ""
    preload: Callable[[], bool] = lambda: True

    def __post_init__(self) -> None:
        if not self.models:
            raise ValueError("models is empty: name at least one model to load")
        for name in self.models:
            if not _MODEL_NAME.fullmatch(name):
                raise ValueError(f"model name {name!r} is not allowed: use letters, digits, '_' and '-'")
        if self.start_seconds <= 0 or self.stop_seconds <= 0:
            raise ValueError("start_seconds and stop_seconds must be positive")
