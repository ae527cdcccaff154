"""A body in JSON, read as the routes that take pictures read it."""

import json
from typing import Any

from gateway.endpoints.json_object import parse
from gateway.errors import BodyTooLarge, ConflictingParameter, MalformedJSON
from tests.fuzz.target import Target

TEXTS = ("image", "bg_image")


def run(data: bytes) -> None:
    found = parse(data, TEXTS)
    assert found == json.loads(data.decode(), object_pairs_hook=_once)
    assert parse(json.dumps(found).encode(), TEXTS) == found


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    assert all(value == dict(members)[name] for name, value in members)
    return dict(members)


TARGET = Target(
    "json_body",
    run,
    (BodyTooLarge, ConflictingParameter, MalformedJSON),
    (
        b'{"image":"',
        b'"bg_image":',
        b'"image":null,',
        b"[[[[[[[[[[[[[[[[",
        b'{"a":' * 16,
        b"null",
        b"1e308",
        b"1e400",
        b"-0.0",
        b"123456789012345678901234567890",
        b"NaN",
        b'"\\ud800"',
        b'"\\ud83d\\ude00"',
        b"\\u0000",
        b"\xef\xbb\xbf",
        b"A" * 1030,
    ),
)
