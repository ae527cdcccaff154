"""What is open to whom where no keys are configured."""

import asyncio
from typing import Any

import pytest

from gateway.auth import Guard, caller
from gateway.errors import KeyMissing
from gateway.keys.ring import Scope

GUARD = Guard(None)


def request(client: tuple[str, int] | None, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "client": client, "headers": list(headers)}


def authorise(asked: dict[str, Any], scope: Scope) -> None:
    asyncio.run(GUARD.authorise(asked, scope))


@pytest.mark.parametrize("client", [("127.0.0.1", 1), ("127.9.9.9", 1), ("::1", 1)])
def test_administration_is_open_to_this_machine(client: tuple[str, int]) -> None:
    asked = request(client)
    authorise(asked, "admin")
    assert caller(asked) == ""
    for typed in (b"none", b"same-origin"):  # into a browser's address bar; by a page of ours
        authorise(request(client, (b"sec-fetch-site", typed)), "admin")


@pytest.mark.parametrize(
    "asked",
    [
        request(("10.0.0.1", 1)),
        request(("::ffff:10.0.0.1", 1)),
        request(None),
        request(("127.0.0.1", 1), (b"x-forwarded-for", b"127.0.0.1")),
        request(("127.0.0.1", 1), (b"forwarded", b"for=127.0.0.1")),
        request(("127.0.0.1", 1), (b"x-real-ip", b"127.0.0.1")),
        request(("127.0.0.1", 1), (b"x-forwarded-proto", b"https")),
        request(("127.0.0.1", 1), (b"x-forwarded-host", b"cutout.example")),
        request(("127.0.0.1", 1), (b"via", b"1.1 proxy")),
        request(("127.0.0.1", 1), (b"sec-fetch-site", b"cross-site")),
        request(("127.0.0.1", 1), (b"sec-fetch-site", b"same-site")),
    ],
    ids=[
        "another machine",
        "mapped",
        "unknown",
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "x-forwarded-proto",
        "x-forwarded-host",
        "via",
        "a picture in a page",
        "a picture in a page of another port",
    ],
)
def test_and_to_no_other(asked: dict[str, Any]) -> None:
    with pytest.raises(KeyMissing):
        authorise(asked, "admin")
    authorise(asked, "process")
    authorise(asked, "store")
