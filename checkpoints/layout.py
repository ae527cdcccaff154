"""What a network's state dict looks like: keys, dtypes and shapes, and where each tensor lies in a graph's data file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Final

from checkpoints.errors import LayoutError
from checkpoints.tensor import StoredTensor

ALIGNMENT: Final = 64
"""Of each tensor in the data file, in bytes: what vector units like to load."""

WEIGHTS: Final = {"float32": 4, "float16": 2}
"""Bytes of a number. What else is in a state dict, counters and tables of indexes, is part of the graph."""


@dataclass(frozen=True)
class Entry:
    """A tensor's numpy dtype by name, and its shape."""

    dtype: str
    shape: tuple[int, ...]


Layout = dict[str, Entry]
"""By key, in the state dict's order."""


def load(path: Path) -> Layout:
    """The layout in a JSON file of `"key": [dtype, shape]`."""
    entries = json.loads(path.read_text())
    return {key: Entry(dtype, tuple(shape)) for key, (dtype, shape) in entries.items()}


def check(tensors: Mapping[str, StoredTensor], layout: Layout, path: Path) -> None:
    """Raises LayoutError, naming `path`, the first missing and unexpected key, or the first tensor of another kind."""
    require({key: Entry(tensor.dtype.name, tensor.shape) for key, tensor in tensors.items()}, layout, path)


def require(found: Layout, layout: Layout, path: Path) -> None:
    """Raises LayoutError as `check` does, for what was found by any reader."""
    missing = [key for key in layout if key not in found]
    unexpected = [key for key in found if key not in layout]
    faults = [
        f"{verb} {keys[0][:200]!r} ({len(keys)} in all)"
        for verb, keys in (("misses", missing), ("has the unexpected", unexpected))
        if keys
    ]
    if faults:
        raise LayoutError(f"{path}: is not of this network: {' and '.join(faults)}")
    for key, entry in layout.items():
        if found[key] != entry:
            raise LayoutError(f"{path}: {key!r} is {_words(found[key])}, and {_words(entry)} is needed")


def offsets(layout: Layout) -> dict[str, tuple[int, int]]:
    """Offset and length in bytes, in the data file of a graph, of every tensor of weights; in the layout's order."""
    places, end = {}, 0
    for key, entry in layout.items():
        if entry.dtype in WEIGHTS:
            start = -(-end // ALIGNMENT) * ALIGNMENT
            end = start + WEIGHTS[entry.dtype] * prod(entry.shape)
            places[key] = (start, end - start)
    return places


def data_size(layout: Layout) -> int:
    """Bytes of the data file: up to the end of the last tensor."""
    return max((start + length for start, length in offsets(layout).values()), default=0)


def _words(entry: Entry) -> str:
    return f"{entry.dtype} {list(entry.shape)}"
