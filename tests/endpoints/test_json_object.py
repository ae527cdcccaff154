"""JSON bodies: one long text, small values, and everything that can be wrong with them."""

import json
import time
from typing import Any

import pytest

from gateway.endpoints.json_object import MAX_DEPTH, MAX_SMALL_BYTES, parse
from gateway.errors import BodyTooLarge, ConflictingParameter, GatewayError, MalformedJSON

TEXTS = ("image", "bg_image")
LONG = "A" * 200_000


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"image": "short", "quality": 9},
        {"image": LONG, "quality": 9, "effect_params": {"color": {"a": [1, 2.5, None, True]}}},
        {"quality": 9, "bg_image": LONG, "image": LONG},
        {"image": "é" * 100_000, "effect": "sepia"},
        {"image": 5},
        {"image": ["A" * 2000]},
        {"session_id": "image", "image": "image"},
        {"session_id": '"\\', "image": LONG + '"\\\n'},
        {"other": "B" * 2000, "image": "B" * 2000},
        {"other": '"' + "B" * 2000, "image": "B" * 2000},
        {"image": LONG, "bg_image": LONG},
    ],
    ids=lambda content: str(content)[:40],
)
@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "UTF-8"])
def test_reads_what_any_parser_reads(content: dict[str, Any], ascii_only: bool) -> None:
    assert parse(json.dumps(content, ensure_ascii=ascii_only).encode(), TEXTS) == content


def test_reads_slashes_as_php_writes_them() -> None:
    body = b' {"image": "data:image\\/png;base64,' + b"\\/" * 50_000 + b'"}\n'
    assert parse(body, TEXTS) == {"image": "data:image/png;base64," + "/" * 50_000}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(b"", MalformedJSON, id="nothing"),
        pytest.param(b"[1]", MalformedJSON, id="no object"),
        pytest.param(b'{"image": ', MalformedJSON, id="cut short"),
        pytest.param(b'{"image": "A"} x', MalformedJSON, id="more behind"),
        pytest.param(b"{'image': 'A'}", MalformedJSON, id="single quotes"),
        pytest.param(b'{"a": NaN}', MalformedJSON, id="NaN"),
        pytest.param(b'{"a": Infinity}', MalformedJSON, id="infinity"),
        pytest.param(b'{"a": 1e999}', MalformedJSON, id="out of range"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", MalformedJSON, id="a whole number without end"),
        pytest.param(b'{"a": "\\ud800"}', MalformedJSON, id="half a surrogate pair"),
        pytest.param(b'{"\\udc00": 1}', MalformedJSON, id="half a surrogate pair in a name"),
        pytest.param(b'{"a": "\xff"}', MalformedJSON, id="not UTF-8"),
        pytest.param(b'{"a": "\x00"}', MalformedJSON, id="NUL"),
        pytest.param('{"a": 1}'.encode("utf-16"), MalformedJSON, id="UTF-16"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', MalformedJSON, id="byte order mark"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), MalformedJSON, id="UTF-16 without mark"),
        pytest.param(b'{"image": "' + LONG.encode() + b'\xff"}', MalformedJSON, id="long text not UTF-8"),
        pytest.param(b'{"image": "' + LONG.encode() + b'\\ud800"}', MalformedJSON, id="long text, half a pair"),
        pytest.param(b'{"a": 1, "a": 2}', ConflictingParameter, id="twice"),
        pytest.param(b'{"p": {"q": [{"a": 1, "a": 2}]}}', ConflictingParameter, id="twice inside"),
        pytest.param(b'{"image": "A", "image": "B"}', ConflictingParameter, id="two short pictures"),
        pytest.param(
            b'{"image": "' + LONG.encode() + b'", "image": "B"}', BodyTooLarge, id="two pictures, the first long"
        ),
        pytest.param(
            b'{"image": "B", "image": "' + LONG.encode() + b'"}', ConflictingParameter, id="two pictures, one long"
        ),
        pytest.param(
            b'{"image": "", "image": "' + LONG.encode() + b'"}', ConflictingParameter, id="two pictures, one empty"
        ),
        pytest.param(b'{"other": "' + LONG.encode() + b'"}', BodyTooLarge, id="another long text"),
        pytest.param(b'{"a": [' + b"[]," * 30_000 + b"[]]}", BodyTooLarge, id="many small lists"),
        pytest.param(b'{"a": ' + b"[" * 16 + b"]" * 16 + b"}", MalformedJSON, id="nested deep"),
        pytest.param(b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", MalformedJSON, id="nested deeper"),
        pytest.param(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", MalformedJSON, id="nested very deep"),
        pytest.param(b"{" + b'"a": 1,' * 3000 + b'"a": 1}', MalformedJSON, id="many members"),
    ],
)
def test_refuses(body: bytes, error: type[GatewayError]) -> None:
    with pytest.raises(error) as refusal:
        parse(body, TEXTS)
    assert refusal.type is error


def test_the_same_value_twice_is_no_conflict() -> None:
    assert parse(b'{"a": 1, "a": 1}', TEXTS) == {"a": 1}


def test_as_deep_as_is_allowed() -> None:
    deep = b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1)
    assert "a" in parse(b'{"a": ' + deep + b"}", TEXTS)


def test_a_refusal_says_how_much_is_allowed() -> None:
    with pytest.raises(BodyTooLarge) as refusal:
        parse(json.dumps({"other": LONG}).encode(), TEXTS)
    assert (refusal.value.limit, refusal.value.actual) == (MAX_SMALL_BYTES, len(LONG) + 13)


@pytest.mark.parametrize(
    "member",
    [b'"a%d":1,', b"[[[[[[]]]]]],", b'"\\"",', b"1,"],
    ids=["names", "lists", "escapes", "numbers"],
)
def test_50_megabytes_of_anything_are_refused_in_no_time(member: bytes) -> None:
    body = b'{"a":[' + member * (50_000_000 // len(member))
    begin = time.process_time()
    with pytest.raises(GatewayError):
        parse(body, TEXTS)
    assert time.process_time() - begin < 2
