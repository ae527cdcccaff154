"""The images, and models for them; a service as it is deployed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import Settings
from tests.deploy.images import KEY, built_venv
from tests.deploy.manifests import VALUES
from tests.service import running_gateway, running_triton, wait_until_ready
from tests.standin import write_model


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gateway's virtual environment as its image has it."""
    return built_venv(tmp_path_factory.mktemp("locked"))


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the platform mounts."""
    folder = _readable(tmp_path_factory.mktemp("secrets"))
    (folder / "triton").mkdir()
    (folder / "triton" / "key").write_text(f"{KEY}\n")
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as the image has it: one model, of the name that the image loads, slow enough to be caught at work."""
    folder = _readable(tmp_path_factory.mktemp("models"))
    write_model(folder, "inspyrenet", size=256, layers=20)
    return folder


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a service of the manifests' model and revision, before a stand-in of 64 pixels."""
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, "inspyrenet", size=64)
    settings = Settings(model="inspyrenet", revision=VALUES["REVISION"])
    with (
        running_triton(repository, "inspyrenet") as triton,
        running_gateway(settings, triton.address) as url,
    ):
        wait_until_ready(url)
        yield url


def _readable(folder: Path) -> Path:
    """For the users of the containers; pytest's folders are their owner's."""
    folder.chmod(0o755)
    return folder
