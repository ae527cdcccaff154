"""Whatever reads a body reads it as it was sent."""

import asyncio
import gzip
import sys
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from gateway.endpoints.body import read
from gateway.endpoints.table import OPERATIONS
from gateway.settings import Settings
from gateway.store.directory import DirectoryStore
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready

JPEG = photo("chelsea")
ANSWERED_WITHOUT = {"/warmup"}
ROUTES = sorted({each.template for each in OPERATIONS if each.method == "POST"} - ANSWERED_WITHOUT)


@pytest.fixture(scope="module")
def shop(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    store = DirectoryStore(tmp_path_factory.mktemp("data") / "store", 10**9)
    store.open()
    with running_gateway(Settings(model="standin_demo"), triton.address, store) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client
    store.close()


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
@pytest.mark.parametrize("path", ROUTES)
def test_nothing_is_decompressed(shop: httpx.Client, path: str, encoding: str) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    answer = shop.post(path.format(session_id="s"), content=gzip.compress(b"{}"), headers=headers)
    assert_problem(answer, 415, "unsupported_media_type")


def test_nor_at_an_address_to_put_a_picture(shop: httpx.Client) -> None:
    offer = shop.post("/api/v1/upload/signed-url", json={"size": len(JPEG)}).json()
    headers = {"Content-Type": "image/jpeg", "Content-Encoding": "gzip"}
    answer = shop.put(offer["signed_url"], content=JPEG, headers=headers)
    assert_problem(answer, 415, "unsupported_media_type")


def test_identity_is_no_encoding(shop: httpx.Client) -> None:
    assert shop.post(PROCESS, content=JPEG, headers={"Content-Encoding": "Identity"}).status_code == 200


def test_a_body_that_was_read_is_its_reader_s_alone() -> None:
    """Else it would lie in memory until its client has taken the whole answer."""

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(1000), "more_body": False}

    request = Request({"type": "http", "headers": []}, receive)
    content = asyncio.run(read(request))
    assert sys.getrefcount(content) == 2  # the name here, and the argument there
