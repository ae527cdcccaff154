"""What most tests need: real gateways before real Tritons, with the demonstration model or with stand-ins, and photographs."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import skimage.data
from PIL import Image

from gateway.settings import Settings
from tests import servers
from tests.service import Triton, running_gateway, running_triton, wait_until_ready
from tests.standin import write_model

ROOT = Path(__file__).parents[1]
LIMITS = Settings(model="standin_demo", max_body_bytes=16_000_000, max_pixels=4_000_000)


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What services keep that tests start lies in a folder of the session's own."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    """A Triton with a stand-in model of 64 pixels, another of 96 that is rarely sure of a subject, and a slow one."""
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, "standin_demo", size=64)
    write_model(repository, "larger", size=96, parameters={"no_subject_below": "0.9"})
    write_model(repository, "slow", size=256, layers=40)
    with running_triton(repository, "standin_demo", "larger", "slow") as triton:
        yield triton


@pytest.fixture(scope="session")
def url(triton: Triton) -> Iterator[str]:
    """A ready gateway's base URL, before the stand-ins."""
    with running_gateway(LIMITS, triton.address) as url:
        wait_until_ready(url)
        yield url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    # Pages of other origins are served from other ports of this machine.
    settings = Settings(model="inspyrenet_demo", origin_patterns=(r"http://127\.0\.0\.1:\d+",))
    with (
        servers.running_triton(settings.repository, settings.model) as triton,
        running_gateway(settings, triton.grpc_address) as url,
    ):
        wait_until_ready(url)
        yield url


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real photographs as JPEGs: cat.jpg, people/astronaut.jpg."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "people").mkdir()
    Image.fromarray(skimage.data.chelsea()).save(folder / "cat.jpg", quality=90)
    Image.fromarray(skimage.data.astronaut()).save(folder / "people" / "astronaut.jpg", quality=90)
    return folder
