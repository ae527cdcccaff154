"""A body is the one whose digest was announced, in whatever pieces it comes."""

import asyncio
import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message

from gateway.errors import SignatureInvalid
from gateway.signing.digest import announced, checked


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def read(pieces: list[bytes], expected: str) -> bytes:
    messages: list[Message] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.request"})
    coming = iter(messages)

    async def receive() -> Message:
        return next(coming)

    return asyncio.run(Request({"type": "http"}, checked(receive, expected)).body())


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_the_body_that_was_announced(pieces: list[bytes]) -> None:
    assert read(pieces, digest(b"".join(pieces))) == b"".join(pieces)


@given(st.lists(st.binary(max_size=20), max_size=5), st.binary(max_size=100))
def test_any_other_is_refused(pieces: list[bytes], other: bytes) -> None:
    if other != b"".join(pieces):
        with pytest.raises(SignatureInvalid):
            read(pieces, digest(other))


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["sha-512=:" + "A" * 86 + "==:"],
        [digest(b"").replace("sha", "SHA")],
        [digest(b"").replace("=:", "=:\n", 1)],
        [digest(b"")[:-1]],
        [digest(b"") + ";x"],
        [digest(b"") + ", " + digest(b"a")],
        [digest(b""), digest(b"")],
    ],
    ids=repr,
)
def test_what_is_no_digest(values: list[str]) -> None:
    with pytest.raises(SignatureInvalid, match=r"[Cc]ontent-[Dd]igest"):
        announced(Headers(raw=[(b"content-digest", value.encode()) for value in values]))
