"""Alive at once; ready only after an inference; what runs here."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway


def test_live(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}


def test_ready_names_the_model_that_answered(client: httpx.Client) -> None:
    expected = {"status": "ready", "model": "standin_demo", "model_version": "1"}
    assert client.get("/health/ready").json() == expected


def test_version(client: httpx.Client) -> None:
    content = client.get("/version").json()
    assert content.pop("version")
    assert content == {"revision": "unknown", "model": "standin_demo", "model_version": "1", "demo": True}


@pytest.fixture(scope="module")
def without_triton() -> Iterator[str]:
    """The address of a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def test_without_a_model_it_is_alive_and_not_ready(without_triton: str) -> None:
    with running_gateway(Settings(model="plain", revision="abc"), without_triton) as url:
        assert httpx.get(f"{url}/health/live").status_code == 200
        answer = httpx.get(f"{url}/health/ready")
        assert_problem(answer, 503, "starting")
        assert answer.headers["retry-after"] == "1"
        content = httpx.get(f"{url}/version").json()
        assert (content["revision"], content["model_version"], content["demo"]) == ("abc", None, False)


def test_without_a_model_a_picture_is_refused_within_seconds(without_triton: str) -> None:
    settings = Settings(model="plain", start_seconds=1)
    with running_gateway(settings, without_triton) as url:
        answer = httpx.post(url + PROCESS, content=photo("chelsea"), timeout=15)
    assert_problem(answer, 503, "starting")
    assert answer.headers["retry-after"] == "1"


def test_a_model_that_triton_does_not_have_is_never_ready(triton: Triton) -> None:
    with running_gateway(Settings(model="nobody"), triton.address) as other:
        assert_problem(httpx.get(f"{other}/health/ready"), 503, "starting")
