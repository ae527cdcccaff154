"""A small network's layout and checkpoints, as torch saves them."""

import json
from pathlib import Path

import torch

SHAPES = {
    "stem.weight": ("float32", [3, 5, 2]),
    "stem.index": ("int64", [4]),
    "norm.mean": ("float32", [7]),
    "norm.num_batches_tracked": ("int64", []),
    "head.gamma": ("float32", []),
    "head.weight": ("float32", [300, 50]),
}


def write_layout(path: Path, entries=SHAPES) -> Path:
    path.write_text(json.dumps(entries))
    return path


def random_state(seed: int = 0) -> dict[str, torch.Tensor]:
    """Seeded numbers in the layout's order."""
    generator = torch.Generator().manual_seed(seed)
    return {
        key: (
            torch.randn if dtype == "float32" else lambda shape, generator: torch.randint(9, shape, generator=generator)
        )(shape, generator=generator)
        for key, (dtype, shape) in SHAPES.items()
    }
