"""Everything that can be wrong with a request, each with its status, its code and nothing of ours inside."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

from gateway.effects import EFFECTS
from tests.photos import photo, stored
from tests.service import PROCESS, assert_problem

JPEG = photo("coffee")
RAW = {"Content-Type": "image/jpeg"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
JSON = {"Content-Type": "application/json"}
HUGE = stored(np.zeros((2001, 2000, 3), np.uint8), "PNG")


def part(name: str, content: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n--b--\r\n' % (name.encode(), content)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"content": b"hello", "headers": RAW}, 415, "unsupported_image", id="not an image"),
        pytest.param(
            {"content": b"<svg/>", "headers": {"Content-Type": "image/svg+xml"}}, 415, "unsupported_image", id="svg"
        ),
        pytest.param({"files": {"file": ("a.txt", b"hello")}}, 415, "unsupported_image", id="not an image, form"),
        pytest.param({"content": b"", "headers": RAW}, 400, "empty_body", id="empty body"),
        pytest.param({}, 400, "empty_body", id="nothing at all"),
        pytest.param({"content": JPEG[:9000], "headers": RAW}, 400, "truncated_image", id="truncated JPEG"),
        pytest.param({"content": JPEG[:50], "headers": RAW}, 400, "truncated_image", id="truncated header"),
        pytest.param(
            {"content": JPEG[:4] + bytes(range(256)) * 9, "headers": RAW}, 400, "truncated_image", id="garbage"
        ),
        pytest.param({"content": HUGE, "headers": RAW}, 413, "too_many_pixels", id="too many pixels"),
        pytest.param({"files": {"photo": ("a.jpg", JPEG)}}, 400, "missing_image", id="wrong multipart field"),
        pytest.param({"files": {"file": ("a.jpg", b"")}}, 400, "missing_image", id="empty multipart field"),
        pytest.param(
            {"content": part("quality", b"9"), "headers": FORM}, 400, "missing_image", id="form without picture"
        ),
        pytest.param({"files": [("file", JPEG), ("file", JPEG)]}, 413, "too_many_images", id="two pictures"),
        pytest.param({"content": b"junk", "headers": FORM}, 400, "malformed_multipart", id="no multipart"),
        pytest.param(
            {"content": part("file", JPEG)[:-9], "headers": FORM}, 400, "malformed_multipart", id="form cut short"
        ),
        pytest.param(
            {"content": JPEG, "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "malformed_multipart",
            id="no boundary",
        ),
        pytest.param(
            {"files": {"file": JPEG}, "data": {"quality": b"\xff"}}, 400, "malformed_multipart", id="field not UTF-8"
        ),
        pytest.param({"content": b'{"image": ', "headers": JSON}, 400, "malformed_json", id="malformed JSON"),
        pytest.param({"content": b"[1]", "headers": JSON}, 400, "malformed_json", id="JSON, no object"),
        pytest.param({"content": b'{"a":"\xff"}', "headers": JSON}, 400, "malformed_json", id="JSON, not UTF-8"),
        pytest.param({"content": b"[" * 100_000, "headers": JSON}, 400, "malformed_json", id="JSON, nested deep"),
        pytest.param({"json": {"quality": 9}}, 400, "missing_image", id="JSON without image"),
        pytest.param({"json": {"image": 5}}, 400, "missing_image", id="JSON image not text"),
        pytest.param({"json": {"image": ""}}, 400, "missing_image", id="JSON image empty"),
        pytest.param({"json": {"image": "data:image/png;base64"}}, 400, "malformed_data_url", id="data URL, no comma"),
        pytest.param({"json": {"image": "data:image/png;base64,@"}}, 400, "malformed_base64", id="data URL, no base64"),
        pytest.param({"json": {"image": "data:text/html,<b>"}}, 415, "unsupported_image", id="data URL, html"),
        pytest.param({"json": {"image": "aGVsbG8="}}, 415, "unsupported_image", id="base64 of text"),
        pytest.param(
            {"content": JPEG, "headers": {"Content-Type": "text/plain"}}, 415, "unsupported_media_type", id="wrong type"
        ),
        pytest.param({"data": {"file": "x"}}, 415, "unsupported_media_type", id="urlencoded form"),
        pytest.param(
            {"content": JPEG, "headers": {**RAW, "Content-Encoding": "gzip"}}, 415, "unsupported_media_type", id="gzip"
        ),
        pytest.param({"content": JPEG, "params": {"colour": "red"}}, 422, "unknown_parameter", id="unknown in query"),
        pytest.param(
            {"files": {"file": JPEG}, "data": {"colour": "red"}}, 422, "unknown_parameter", id="unknown in form"
        ),
        pytest.param({"json": {"image": "aGk=", "colour": "red"}}, 422, "unknown_parameter", id="unknown in JSON"),
        pytest.param({"content": JPEG, "params": {"quality": 101}}, 422, "invalid_parameter", id="quality too high"),
        pytest.param({"content": JPEG, "params": {"quality": ""}}, 422, "invalid_parameter", id="quality empty"),
        pytest.param({"json": {"image": "aGk=", "quality": None}}, 422, "invalid_parameter", id="quality null"),
        pytest.param({"json": {"image": "aGk=", "quality": True}}, 422, "invalid_parameter", id="quality true"),
        pytest.param({"json": {"image": "aGk=", "quality": [1]}}, 422, "invalid_parameter", id="quality a list"),
        pytest.param({"content": JPEG, "params": {"output_format": "gif"}}, 422, "invalid_parameter", id="format"),
        pytest.param({"content": JPEG, "params": {"session_id": "a b"}}, 422, "invalid_parameter", id="session_id"),
        pytest.param(
            {"content": JPEG, "params": {"session_id": "a\n"}}, 422, "invalid_parameter", id="session_id, line"
        ),
        pytest.param({"content": JPEG, "params": {"max_side": "null"}}, 422, "invalid_parameter", id="null in words"),
        pytest.param({"content": JPEG, "params": {"model": "../etc"}}, 422, "invalid_parameter", id="model's name"),
        pytest.param({"content": JPEG, "params": {"model_version": "0"}}, 422, "invalid_parameter", id="version 0"),
        pytest.param({"content": JPEG, "params": {"effect": "sepia"}}, 422, "unknown_effect", id="effect"),
        pytest.param({"content": JPEG, "params": {"model": "nobody"}}, 422, "unknown_model", id="model"),
        pytest.param({"content": JPEG, "params": {"model_version": 9}}, 422, "unknown_version", id="version"),
        pytest.param(
            {"content": JPEG, "params": [("quality", 1), ("quality", 2)]},
            400,
            "conflicting_parameter",
            id="twice in query",
        ),
        pytest.param(
            {"params": {"quality": 1}, "json": {"image": "aGk=", "quality": 2}},
            400,
            "conflicting_parameter",
            id="conflict",
        ),
    ],
)
def test_refuses(client: httpx.Client, sent: dict[str, Any], status: int, code: str) -> None:
    assert_problem(client.post(PROCESS, **sent), status, code)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param({"content": HUGE}, {"actual": 4_002_000, "limit": 4_000_000}, id="pixels"),
        pytest.param({"files": {"photo": JPEG}}, {"allowed": ["file", "image_url", "bg_image"]}, id="multipart field"),
        pytest.param(
            {"content": JPEG, "params": {"output_format": "gif"}},
            {"allowed": ["png", "webp", "jpeg", "avif", "zip"]},
            id="format",
        ),
        pytest.param({"content": JPEG, "params": {"effect": "sepia"}}, {"allowed": list(EFFECTS)}, id="effect"),
    ],
)
def test_a_refusal_says_what_is_allowed(
    client: httpx.Client, sent: dict[str, Any], expected: dict[str, object]
) -> None:
    assert client.post(PROCESS, **sent).json().items() >= expected.items()


def test_an_unknown_parameter_is_answered_with_the_known_ones(client: httpx.Client) -> None:
    problem = client.post(PROCESS, content=JPEG, params={"colour": "red"}).json()
    assert "'colour'" in problem["detail"]
    assert set(problem["allowed"]) >= {
        "effect",
        "output_format",
        "quality",
        "bg_color",
        "crop",
        "max_side",
        "session_id",
    }


def chunks(total: int) -> Iterator[bytes]:
    for _ in range(total // 1_000_000):
        yield bytes(1_000_000)


@pytest.mark.parametrize(
    "body", [pytest.param(bytes(17_000_000), id="announced"), pytest.param(chunks(17_000_000), id="chunked")]
)
def test_refuses_17_megabytes_where_16_are_allowed(client: httpx.Client, body: Any) -> None:
    problem = assert_problem(client.post(PROCESS, content=body, headers=RAW), 413, "body_too_large")
    assert problem["limit"] == 16_000_000


def test_refuses_an_announced_giant_without_waiting_for_it(url: str) -> None:
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=5) as connection:
        connection.sendall(b"POST /api/v2/process HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nx")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/studio/nowhere.js", 404, "not_found"),
        ("GET", "/studio/../app.py", 404, "not_found"),
        ("POST", f"{PROCESS}/", 404, "not_found"),
        ("GET", "/studio", 404, "not_found"),
        ("GET", "/version%0a", 404, "not_found"),
        ("POST", "/storage/cleanup%0A", 404, "not_found"),
        ("GET", PROCESS, 405, "method_not_allowed"),
        ("DELETE", "/version", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_routed(client: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    assert_problem(client.request(method, path), status, code)


@pytest.mark.parametrize("path", ["/version/", "/studio", f"{PROCESS}/"])
def test_nobody_is_sent_where_the_host_header_says(client: httpx.Client, path: str) -> None:
    """A redirect to http:// would have a client send its key and its picture once more, for everybody to read."""
    answer = client.post(path, content=JPEG, headers={"Host": "elsewhere.example"})
    assert_problem(answer, 404, "not_found")
    assert "elsewhere" not in str(answer.headers)


def test_405_names_the_methods(client: httpx.Client) -> None:
    answer = client.get(PROCESS)
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert json.loads(answer.content)["allowed"] == ["POST", "OPTIONS"]


def form(*parts: bytes, boundary: bytes = b"b") -> dict[str, Any]:
    body = b"".join(b"--" + boundary + b"\r\n" + each + b"\r\n" for each in parts) + b"--" + boundary + b"--\r\n"
    return {"content": body, "headers": {"Content-Type": b'multipart/form-data; boundary="' + boundary + b'"'}}


PICTURE = b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + JPEG


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param(
            form(PICTURE, b'Content-Disposition: form-data; name="effect"\r\n\r\n' + b"x" * 70_000),
            400,
            "malformed_multipart",
            id="endless field",
        ),
        pytest.param(form(b"X: " + b"x" * 9000 + b"\r\n" + PICTURE), 400, "malformed_multipart", id="endless header"),
        pytest.param(form(*[PICTURE] * 65), 400, "malformed_multipart", id="many parts"),
        pytest.param(
            form(b"Content-Transfer-Encoding: base64\r\n" + PICTURE), 400, "malformed_multipart", id="base64 part"
        ),
        pytest.param(form(b"\r\n" + JPEG), 400, "malformed_multipart", id="part without headers"),
        pytest.param({"content": JPEG, "params": [("a", "1")] * 65}, 422, "invalid_parameter", id="many parameters"),
        pytest.param({"json": {"image": "aGk=", "a": [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}}, 400, "malformed_json", id="deep"),
        pytest.param({"content": b'{"image":"aGk=","quality":1e999}', "headers": JSON}, 400, "malformed_json", id="1e999"),
        pytest.param({"content": b'{"image":"aGk=","quality":NaN}', "headers": JSON}, 400, "malformed_json", id="NaN"),
        pytest.param({"content": b'\xef\xbb\xbf{"image":"aGk="}', "headers": JSON}, 400, "malformed_json", id="BOM"),
        pytest.param({"content": '{"image":"aGk="}'.encode("utf-16"), "headers": JSON}, 400, "malformed_json", id="UTF-16"),
        pytest.param({"content": b'{"image":"\\ud800"}', "headers": JSON}, 400, "malformed_json", id="lone surrogate"),
    ],
)  # fmt: skip
def test_refuses_what_is_built_to_cost_much(client: httpx.Client, sent: dict[str, Any], status: int, code: str) -> None:
    assert_problem(client.post(PROCESS, **sent), status, code)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(form(PICTURE, boundary=b"x" * 70), id="long boundary"),
        pytest.param(form(PICTURE, boundary=b"a'()+_,-./:=? b"), id="odd boundary"),
        pytest.param(form(b"Content-Transfer-Encoding: binary\r\n" + PICTURE), id="binary part"),
        pytest.param(form(PICTURE.replace(b'"a.jpg"', "UTF-8''\"Mäx 🐱.jpg\"".encode())), id="name in UTF-8"),
        pytest.param(form(PICTURE.replace(b'; filename="a.jpg"', b"")), id="no file name"),
    ],
)
def test_takes_what_is_only_unusual(client: httpx.Client, sent: dict[str, Any]) -> None:
    answer = client.post(PROCESS, **sent)
    assert answer.status_code == 200, answer.text


def test_a_hostile_boundary_takes_no_longer_than_another(client: httpx.Client) -> None:
    body = form(
        b'Content-Disposition: form-data; name="file"\r\n\r\n' + b"\r\n--bbbbbbb" * 1_000_000, boundary=b"b" * 70
    )
    answer = client.post(PROCESS, **body)
    assert_problem(answer, 415, "unsupported_image")
    assert answer.elapsed.total_seconds() < 10
