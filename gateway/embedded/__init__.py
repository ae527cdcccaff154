"""A real Triton Inference Server as a child process, for machines that have none to point at.

    async with embedded_triton(EmbeddedConfig(repository, ("inspyrenet_demo",), environ=environ)) as triton:
        await triton.ready()
        channel = connect(triton.grpc_address)

It needs no GPU and no container: the server's binary comes from a wheel, and a small Python-based backend runs the same
model files as production's native one. Reading order: `supervisor` (the life cycle), `locate` and `layout` (what runs),
`command` (how it is told), `process`, `log`, and `backends/onnxruntime/model.py`, which runs inside Triton.
"""

from gateway.embedded.config import EmbeddedConfig
from gateway.embedded.errors import (
    EmbeddedError,
    ModelFileError,
    ModelLoadError,
    PortTakenError,
    ServerNotFoundError,
    StartError,
)
from gateway.embedded.supervisor import EmbeddedTriton, State, embedded_triton

__all__ = [
    "EmbeddedConfig",
    "EmbeddedError",
    "EmbeddedTriton",
    "ModelFileError",
    "ModelLoadError",
    "PortTakenError",
    "ServerNotFoundError",
    "StartError",
    "State",
    "embedded_triton",
]
