"""The stores that the conformance suite is run on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.store.directory import DirectoryStore
from gateway.store.store import Store
from tests.store.memory import MemoryStore


def _memory(folder: Path) -> Iterator[Store]:
    yield MemoryStore()


def _directory(folder: Path) -> Iterator[Store]:
    store = DirectoryStore(folder / "store", 10**9)
    store.open()
    yield store
    store.close()


STORES: dict[str, Callable[[Path], Iterator[Store]]] = {"memory": _memory, "directory": _directory}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield from STORES[request.param](tmp_path)
