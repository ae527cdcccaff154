"""A service whose traces are received."""

from collections.abc import Iterator

import pytest

from tests.otlp import Receiver, running_receiver
from tests.serving import Serving, serving


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="package")
def traced(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Of its own accord it traces nothing."""
    with serving(
        tmp_path_factory.mktemp("traced") / "service",
        CUTOUT_OTLP=receiver.url,
        CUTOUT_TRACE_SHARE="0",
        CUTOUT_STORE=str(tmp_path_factory.mktemp("store")),
        GOOGLE_CLOUD_PROJECT="a-project",
    ) as service:
        yield service
