"""What an engine is good for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """An engine fits one model, one TensorRT and one kind of GPU.

    Attributes:
        digest: of the model, `Source.digest`.
        tensorrt: version, such as 10.9.0.
        capability: the GPU's compute capability without its dot, such as 89.
    """

    digest: str
    tensorrt: str
    capability: str

    def __str__(self) -> str:
        """Name of the engine's folder."""
        return f"{self.short_digest}-trt{self.tensorrt}-sm{self.capability}"

    @property
    def short_digest(self) -> str:
        return self.digest[:16]
