"""A service as it is deployed, but for the network: model `inspyrenet`, of a known revision."""

from collections.abc import Iterator

import pytest

from gateway.settings import Settings
from tests.service import running_gateway, running_triton, wait_until_ready
from tests.standin import write_model

REVISION = "0123456789ab"


@pytest.fixture(scope="package")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its base URL."""
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, "inspyrenet", size=64)
    settings = Settings(model="inspyrenet", revision=REVISION)
    with (
        running_triton(repository, "inspyrenet") as triton,
        running_gateway(settings, triton.address) as url,
    ):
        wait_until_ready(url)
        yield url
