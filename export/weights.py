"""Checkpoints into networks: torch's own reader and a strict load.

The models that are served get their tensors through another reader, `checkpoints.archive`. So the parity gate, which
compares the two, would also see a tensor that was read wrong.
"""

import hashlib
from pathlib import Path

import torch

from checkpoints.errors import CheckpointError, FormatError, LayoutError, MissingError
from checkpoints.layout import Entry, Layout
from export.inspyrenet import InSPyReNet

__all__ = ["CheckpointError", "layout", "load", "sha256"]


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def layout(network: InSPyReNet) -> Layout:
    """Keys, dtypes and shapes of the network's state dict, in its order."""
    return {
        key: Entry(str(value.dtype).removeprefix("torch."), tuple(value.shape))
        for key, value in network.state_dict().items()
    }


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
    check_layout(state, network, path)
    network.load_state_dict(state, strict=True)


def check_layout(state: object, network: InSPyReNet, path: Path) -> None:
    """Names the first key that is missing, unexpected or of another shape."""
    if not isinstance(state, dict):
        raise LayoutError(f"{path}: holds a {type(state).__name__}, not a state dict")
    expected = network.state_dict()
    for title, keys in (
        ("misses", expected.keys() - state.keys()),
        ("has the unexpected", state.keys() - expected.keys()),
    ):
        if keys:
            raise LayoutError(f"{path}: {title} key {sorted(keys)[0]} ({len(keys)} in all)")
    for key, value in expected.items():
        if state[key].shape != value.shape:
            raise LayoutError(f"{path}: {key} has shape {tuple(state[key].shape)}, not {tuple(value.shape)}")
