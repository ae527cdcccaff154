"""requests, httpx, aiohttp and the standard library's http.client."""

import asyncio
import base64
import http.client
import io
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests

from tests.photos import opened, photo
from tests.service import PROCESS

JPEG = photo("chelsea")
DATA_URL = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"


def pieces() -> Iterator[bytes]:
    for start in range(0, len(JPEG), 1000):
        yield JPEG[start : start + 1000]


async def pieces_later() -> AsyncIterator[bytes]:
    for piece in pieces():
        yield piece


BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "files": lambda: {"files": {"file": ("cat.jpg", io.BytesIO(JPEG), "image/jpeg")}},
    "files and fields": lambda: {"files": {"file": JPEG}, "data": {"output_format": "png", "quality": "80"}},
    "json": lambda: {"json": {"image": DATA_URL}},
}


@pytest.mark.parametrize(
    "sent", [*BODIES.values(), lambda: {"data": JPEG}, lambda: {"data": pieces()}], ids=[*BODIES, "bytes", "chunked"]
)
def test_requests(url: str, sent: Callable[[], dict[str, Any]]) -> None:
    answer = requests.post(url + PROCESS, timeout=30, **sent())
    assert (answer.status_code, opened(answer.content).size) == (200, (451, 300))


@pytest.mark.parametrize(
    "sent",
    [*BODIES.values(), lambda: {"content": JPEG}, lambda: {"content": pieces()}],
    ids=[*BODIES, "bytes", "chunked"],
)
def test_httpx(url: str, sent: Callable[[], dict[str, Any]]) -> None:
    answer = httpx.post(url + PROCESS, timeout=30, **sent())
    assert (answer.status_code, opened(answer.content).size) == (200, (451, 300))


def test_httpx_async(url: str) -> None:
    async def post() -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.post(url + PROCESS, content=pieces_later(), timeout=30)

    assert opened(asyncio.run(post()).content).size == (451, 300)


def form() -> aiohttp.FormData:
    data = aiohttp.FormData({"output_format": "png"})
    data.add_field("file", JPEG, filename="cat \u00e4.jpg", content_type="image/jpeg")
    return data


@pytest.mark.parametrize(
    "sent",
    [
        lambda: {"data": form()},
        lambda: {"data": JPEG},
        lambda: {"data": pieces_later()},
        lambda: {"json": {"image": DATA_URL}},
    ],
    ids=["form", "bytes", "chunked", "json"],
)
def test_aiohttp(url: str, sent: Callable[[], dict[str, Any]]) -> None:
    async def post() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session, session.post(url + PROCESS, **sent()) as answer:
            return answer.status, await answer.read()

    status, body = asyncio.run(post())
    assert (status, opened(body).size) == (200, (451, 300))


def test_the_standard_library(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    for _ in range(3):  # over one connection
        connection.request("POST", PROCESS, body=JPEG)
        answer = connection.getresponse()
        assert (answer.status, opened(answer.read()).size) == (200, (451, 300))
    connection.close()
