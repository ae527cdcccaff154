"""Addresses that carry their own permission."""

from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from gateway.store.signatures import Expired, Grant, Refused

SECRET = b"s" * 32
READ = Grant("GET", "cache/results/ab", 1000)
WRITE = Grant("PUT", "uploads/ab", 1000, "image/jpeg", 500)


def signature(grant: Grant, secret: bytes = SECRET) -> str:
    return parse_qs(grant.query(secret))["signature"][0]


@pytest.mark.parametrize("grant", [READ, WRITE], ids=["GET", "PUT"])
def test_what_was_signed_is_allowed_until_it_expires(grant: Grant) -> None:
    grant.verify(SECRET, signature(grant), now=999.9)
    with pytest.raises(Expired):
        grant.verify(SECRET, signature(grant), now=1000)


@pytest.mark.parametrize(
    "other",
    [
        replace(WRITE, method="GET"),
        replace(WRITE, name="uploads/abc"),
        replace(WRITE, expires=1001),
        replace(WRITE, media_type="image/png"),
        replace(WRITE, size=501),
        replace(WRITE, name="uploads/ab\n1000", expires=1000),
    ],
    ids=["method", "name", "expires", "type", "size", "newline"],
)
def test_nothing_else_is(other: Grant) -> None:
    with pytest.raises(Refused):
        other.verify(SECRET, signature(WRITE), now=0)


@pytest.mark.parametrize("given", ["", "x", "ä", signature(READ)[:-1], signature(READ, b"t" * 32)])
def test_no_other_signature(given: str) -> None:
    with pytest.raises(Refused):
        READ.verify(SECRET, given, now=0)


def test_the_query_says_what_is_allowed() -> None:
    assert set(parse_qs(READ.query(SECRET))) == {"expires", "signature"}
    assert set(parse_qs(WRITE.query(SECRET))) == {"expires", "signature", "type", "size"}
