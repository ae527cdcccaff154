"""A small network's checkpoint, as a file and as an entry of the catalogue."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from checkpoints.catalogue import Checkpoint
from tests.checkpoints.networks import random_state, write_layout
from tests.checkpoints.server import Published, publishing


class Heard:
    """A Progress that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps: list[tuple[int, int | None]] = []

    def at(self, what: str, done: int, total: int | None) -> None:
        self.steps.append((done, total))

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the small network, in today's format."""
    path = tmp_path_factory.mktemp("saved") / "small.pth"
    torch.save(random_state(), path)
    return path


@pytest.fixture
def entry(saved: Path, tmp_path: Path) -> Callable[..., Checkpoint]:
    """An entry of the catalogue for the small network; what is not given is right."""

    def make(**fields: object) -> Checkpoint:
        facts = {
            "name": "small",
            "model": "inspyrenet_small",
            "file": "small.pth",
            "url": None,
            "md5": hashlib.md5(saved.read_bytes()).hexdigest(),
            "sha256": None,
            "layout": write_layout(tmp_path / "layout.json"),
            "graph": None,
        }
        return Checkpoint(**facts | fields)

    return make


@pytest.fixture
def server(saved: Path) -> Iterator[Published]:
    """Publishes the small network's checkpoint."""
    with publishing(saved.read_bytes()) as published:
        yield published


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder that does not exist yet."""
    return tmp_path / "cache"
