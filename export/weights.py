"""Checkpoints into networks: torch's own reader and a strict load.

The models that are served get their tensors through another reader, `checkpoints.archive`. So the parity gate, which
compares the two, would also see a tensor that was read wrong.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch

from checkpoints.errors import CheckpointError, FormatError, MissingError
from checkpoints.layout import Entry, Layout, require
from export.inspyrenet import InSPyReNet

__all__ = ["CheckpointError", "layout", "load", "sha256"]


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def layout(network: InSPyReNet) -> Layout:
    """Keys, dtypes and shapes of the network's state dict, in its order."""
    return _entries(network.state_dict())


def _entries(state: Mapping[str, torch.Tensor]) -> Layout:
    return {key: Entry(str(value.dtype).removeprefix("torch."), tuple(value.shape)) for key, value in state.items()}


def load(network: InSPyReNet, path: Path) -> None:
    """Loads a plain state dict whose keys and shapes are exactly the network's.

    Raises CheckpointError: the file is missing, is no state dict, or has another layout.
    """
    if not path.is_file():
        raise MissingError(f"{path}: no such checkpoint")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as exc:  # torch documents no common base of what a broken pickle or archive raises
        raise FormatError(f"{path}: not a plain state dict of tensors ({type(exc).__name__})") from exc
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise FormatError(f"{path}: not a plain state dict of tensors")
    require(_entries(state), layout(network), path)
    network.load_state_dict(state, strict=True)
