"""What most tests need: a real gateway before a real Triton with the demonstration model, and real photographs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from gateway.settings import Settings
from tests.servers import running_triton
from tests.service import running_gateway, wait_until_ready

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    # Pages of other origins are served from other ports of this machine.
    settings = Settings(model="inspyrenet_demo", origin_patterns=(r"http://127\.0\.0\.1:\d+",))
    with (
        running_triton(settings.repository, settings.model) as triton,
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
