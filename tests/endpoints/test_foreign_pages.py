"""Pages of other origins: without a key, a browser sends what they tell it to, and asks nobody."""

from collections.abc import Iterator

import httpx
import pytest

from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready
from tests.store.memory import MemoryStore

CAT = photo("chelsea")
SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def client(triton: Triton) -> Iterator[httpx.Client]:
    """Of a service without keys, such as one on a laptop."""
    settings = Settings(model="standin_demo", origins=frozenset({SHOP}))
    with running_gateway(settings, triton.address, MemoryStore()) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client


def from_a_page(origin: str, site: str = "cross-site") -> dict[str, str]:
    return {"Origin": origin, "Sec-Fetch-Site": site}


@pytest.mark.parametrize("path", [PROCESS, "/store-image", "/warmup", "/session/s1/complete-order"])
@pytest.mark.parametrize(
    "page",
    [from_a_page("https://thief.example"), from_a_page("null"), from_a_page("http://127.0.0.1:1", "same-site")],
    ids=["foreign", "nobody's", "another server of this machine"],
)
def test_nothing_is_done_for_them(client: httpx.Client, path: str, page: dict[str, str]) -> None:
    assert_problem(client.post(path, files={"file": CAT}, headers=page), 403, "origin_not_allowed")


@pytest.mark.parametrize(
    "page",
    [
        from_a_page(SHOP),
        from_a_page("http://127.0.0.1:8080", "same-origin"),
        {"Origin": "https://a.program.example"},
        {},
    ],
    ids=["one that is named", "our own", "no browser's", "a program"],
)
def test_others_are_served(client: httpx.Client, page: dict[str, str]) -> None:
    assert client.post(PROCESS, files={"file": CAT}, headers=page).status_code == 200
