"""What a run leaves: weights in parts, scores, a sheet of pictures with the network's answers."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from checkpoints.errors import MissingError
from export.timed.judged import Answers, Pictures

SHOWN = 32
PARTS = 2
"""A checkpoint is written as so many files: what carries it off may have a limit on a file's size."""


def write_weights(network: nn.Module, folder: Path) -> None:
    """Writes weights.0.pth, weights.1.pth: together the state dict, each tensor in one of them."""
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(_parted(state)):
        partial = folder / f"weights.{number}.partial"
        torch.save(part, partial)
        partial.replace(folder / f"weights.{number}.pth")


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The state dict that `write_weights` wrote. Raises MissingError where a part is missing."""
    state: dict[str, Tensor] = {}
    for number in range(PARTS):
        part = folder / f"weights.{number}.pth"
        if not part.is_file():
            raise MissingError(f"{part}: no such part of a checkpoint")
        state |= torch.load(part, weights_only=True, map_location="cpu")
    return state


def joined(folder: Path) -> Path:
    """weights.pth, which has the parts in one file: written beside them. Raises MissingError."""
    target = folder / "weights.pth"
    torch.save(read_weights(folder), target)
    return target


def _parted(state: dict[str, Tensor]) -> Iterable[dict[str, Tensor]]:
    sizes = np.cumsum([value.numel() for value in state.values()])
    number = np.minimum(sizes * PARTS // (sizes[-1] + 1), PARTS - 1)
    for part in range(PARTS):
        yield {name: value for (name, value), n in zip(state.items(), number, strict=True) if n == part}


def write_record(folder: Path, record: dict[str, Any]) -> None:
    digests = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("weights.*.pth"))
    }
    (folder / "record.json").write_text(json.dumps(record | {"sha256": digests}, indent=1) + "\n")


def write_sheet(file: Path, pictures: Pictures, said: Answers, columns: int = 8, side: int = 160) -> None:
    """The first 32 pictures: each, what the network says of it, and the truth, one below the other."""
    grey = [np.repeat(planes[..., None], 3, -1) for planes in (said.alphas, pictures.alphas)]
    tiles = np.concatenate([pictures.images, *grey], 1)
    tiles = np.stack([cv2.resize(tile, (side, 3 * side), interpolation=cv2.INTER_AREA) for tile in tiles[:SHOWN]])
    rows = [np.concatenate(list(tiles[i : i + columns]), 1) for i in range(0, len(tiles) - columns + 1, columns)]
    cv2.imwrite(str(file), np.concatenate(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
