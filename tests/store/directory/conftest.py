"""A store in a folder, and a disk that is small."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.directory import DirectoryStore
from tests.store.directory.folder import opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Iterator[DirectoryStore]:
    store = opened(root)
    yield store
    store.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of two megabytes and 300 files."""
    where = tmp_path / "disk"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,nr_inodes=300", "tmpfs", where], check=True)
    yield where
    subprocess.run(["umount", where], check=True)
