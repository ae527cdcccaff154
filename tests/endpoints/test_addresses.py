"""A picture given as an address: off by default; one source or the other."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready

JPEG = photo("chelsea")
URL = "https://pictures.invalid/cat.jpg"
FORMS = [
    pytest.param({"params": {"image_url": URL}}, id="query"),
    pytest.param({"json": {"image_url": URL}}, id="JSON"),
    pytest.param({"files": {"image_url": (None, URL)}}, id="form"),
    pytest.param({"params": {"image_url": URL}, "json": {"image_url": URL}}, id="twice the same"),
]


@pytest.fixture(scope="module")
def fetching(triton: Triton) -> Iterator[httpx.Client]:
    with running_gateway(Settings(model="standin_demo", url_sources=True, url_seconds=2), triton.address) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client


@pytest.mark.parametrize("sent", FORMS)
def test_off_by_default(client: httpx.Client, sent: dict[str, Any]) -> None:
    problem = assert_problem(client.post(PROCESS, **sent), 422, "url_not_allowed")
    assert "takes no addresses" in str(problem["detail"])


@pytest.mark.parametrize("sent", FORMS)
def test_an_address_that_leads_nowhere(fetching: httpx.Client, sent: dict[str, Any]) -> None:
    assert_problem(fetching.post(PROCESS, **sent), 422, "url_unreachable")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "metadata.google.internal"])
def test_the_network_behind_the_gateway_is_out_of_reach(fetching: httpx.Client, host: str) -> None:
    answer = fetching.post(PROCESS, params={"image_url": f"https://{host}/"})
    assert_problem(answer, 422, "url_unreachable")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"params": {"image_url": URL}, "content": JPEG}, 400, "conflicting_parameter", id="and a body"),
        pytest.param(
            {"data": {"image_url": URL}, "files": {"file": JPEG}}, 400, "conflicting_parameter", id="and a file"
        ),
        pytest.param(
            {"json": {"image_url": URL, "image": base64.b64encode(JPEG).decode()}},
            400,
            "conflicting_parameter",
            id="and base64",
        ),
        pytest.param(
            {"params": {"image_url": URL}, "json": {"image_url": URL + "?"}},
            400,
            "conflicting_parameter",
            id="two addresses",
        ),
        pytest.param({"json": {"image_url": 5}}, 400, "missing_image", id="a number"),
        pytest.param({"json": {"image_url": None}}, 400, "missing_image", id="null"),
        pytest.param({"json": {"image_url": [URL]}}, 400, "missing_image", id="a list"),
        pytest.param({"params": {"image_url": "http://a.example/"}}, 422, "url_not_allowed", id="http"),
    ],
)
def test_refuses(fetching: httpx.Client, sent: dict[str, Any], status: int, code: str) -> None:
    assert_problem(fetching.post(PROCESS, **sent), status, code)
