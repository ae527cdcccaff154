"""The stores that the conformance suite is run on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.store.directory import DirectoryStore
from gateway.store.gcs import GcsStore
from gateway.store.store import Store
from tests.store.emulator import BUCKET, Emulator, running_emulator
from tests.store.memory import MemoryStore


def _memory(folder: Path) -> Iterator[Store]:
    yield MemoryStore()


def _directory(folder: Path) -> Iterator[Store]:
    store = DirectoryStore(folder / "store", 10**9)
    store.open()
    yield store
    store.close()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


def _gcs(folder: Path) -> Iterator[Store]:
    store = GcsStore(BUCKET, f"{folder.name}/")
    store.open()
    yield store
    store.close()


STORES: dict[str, Callable[[Path], Iterator[Store]]] = {"memory": _memory, "directory": _directory, "gcs": _gcs}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "gcs":
        request.getfixturevalue("emulator")
    yield from STORES[request.param](tmp_path)
