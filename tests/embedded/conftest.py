from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.embedded import EmbeddedTriton
from tests.servers import running_triton
from tests.standin import write_model


@pytest.fixture(scope="session")
def standin_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTriton]:
    # A blank in the path: Triton's own way of starting stubs breaks on it.
    repository = tmp_path_factory.mktemp("models") / "with a blank"
    write_model(repository)
    write_model(repository, "slow", size=256, layers=6)
    with running_triton(repository, "standin", "slow") as triton:
        yield triton


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write_model(tmp_path)
    return tmp_path
