"""Versions of the stand-in model that differ as those of a rollout do, added beside version 1 while Triton runs."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import onnx

from bench.versions import constant, corrupt, failing, other_contract, slow
from tests.standin import graph

Add = Callable[[Path, int], object]
"""Adds a version to a model's folder."""


def another(model: Path, version: int) -> None:
    """Masks a little smoother than version 1's, as a later epoch's differ a little."""
    folder = model / str(version)
    folder.mkdir()
    onnx.save(graph(layers=2), folder / "model.onnx")


def empty(model: Path, version: int) -> None:
    """A folder without files."""
    (model / str(version)).mkdir()


KINDS: Final[Mapping[str, Add]] = {
    "another": another,
    "slow": partial(slow, rounds=1500),
    "constant": partial(constant, level=255),
    "failing": failing,
    "corrupt": corrupt,
    "other_output": partial(other_contract, alpha="mask"),
    "other_size": partial(other_contract, size=32),
    "empty": empty,
}
NUMBERS: Final = {name: number for number, name in enumerate(KINDS, 2)}
"""Under which each is added beside version 1."""


def add_all(model: Path) -> None:
    """One of each kind."""
    for name, add in KINDS.items():
        add(model, NUMBERS[name])
