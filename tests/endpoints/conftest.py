"""One Triton and one gateway for the tests of the routes."""

from collections.abc import Iterator

import httpx
import pytest

from gateway.settings import Settings
from tests.service import Triton, running_gateway, running_triton, wait_until_ready
from tests.standin import write_model

LIMITS = Settings(model="standin_demo", max_body_bytes=16_000_000, max_pixels=4_000_000)


@pytest.fixture(scope="session")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    """A Triton with a stand-in model of 64 pixels, another of 96, and a slow one."""
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, "standin_demo", size=64)
    write_model(repository, "larger", size=96)
    write_model(repository, "slow", size=256, layers=40)
    with running_triton(repository, "standin_demo", "larger", "slow") as triton:
        yield triton


@pytest.fixture(scope="session")
def url(triton: Triton) -> Iterator[str]:
    """A ready gateway's base URL."""
    with running_gateway(LIMITS, triton.address) as url:
        wait_until_ready(url)
        yield url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client
