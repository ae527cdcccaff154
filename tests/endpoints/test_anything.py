"""A valid picture survives every encoding that browsers use; nothing whatever gives a 500."""

import base64
import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.endpoints.openapi import by_code
from tests.photos import opened, photo
from tests.service import PROCESS, assert_problem

JPEG = photo("chelsea", quality=20)
DIGITS = base64.b64encode(JPEG).decode()
FEW = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ROUTES = [PROCESS, "/api/v2/process-with-effects"]

# --- valid pictures

TYPES = st.sampled_from(["image/jpeg", "IMAGE/JPEG", "image/png", "image/x-anything", "application/octet-stream", ""])
PARAMETERS = st.lists(st.sampled_from([";charset=utf-8", ";name=x.png", ";a=b", ";"]), max_size=3).map("".join)


def with_breaks(text: str, breaks: list[str]) -> str:
    generator = random.Random(len(breaks))
    cuts = sorted(generator.randrange(len(text)) for _ in breaks)
    for cut, each in reversed(list(zip(cuts, breaks, strict=True))):
        text = text[:cut] + each + text[cut:]
    return text


DIGITS_AS_SENT = st.builds(
    lambda url_safe, padded, breaks, quoted: _sent(url_safe, padded, breaks, quoted),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(["\n", "\r\n", " ", "\t"]), max_size=5),
    st.booleans(),
)


def _sent(url_safe: bool, padded: bool, breaks: list[str], quoted: bool) -> str:
    text = DIGITS.translate(str.maketrans("+/", "-_")) if url_safe else DIGITS
    text = text if padded else text.rstrip("=")
    return quote(text) if quoted else with_breaks(text, breaks)


DATA_URLS = st.builds(
    lambda scheme, kind, parameters, marker, digits: f"{scheme}:{kind}{parameters};{marker},{digits}",
    st.sampled_from(["data", "DATA", "Data"]),
    TYPES,
    PARAMETERS,
    st.sampled_from(["base64", "BASE64", " base64 "]),
    DIGITS_AS_SENT,
)
FILE_NAMES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=40)


def is_cut_out(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    return opened(answer.content).size == (451, 300)


@FEW
@given(text=DATA_URLS | DIGITS_AS_SENT)
def test_a_picture_in_text_survives(client: httpx.Client, text: str) -> None:
    assert is_cut_out(client.post(PROCESS, json={"image": text, "max_side": 451}))


@FEW
@given(name=FILE_NAMES, kind=TYPES)
def test_a_picture_in_a_form_survives(client: httpx.Client, name: str, kind: str) -> None:
    assert is_cut_out(client.post(PROCESS, files={"file": (name, JPEG, kind or "text/plain")}))


@FEW
@given(kind=TYPES)
def test_a_picture_as_it_is_survives(client: httpx.Client, kind: str) -> None:
    assert is_cut_out(client.post(PROCESS, content=JPEG, headers={"Content-Type": kind} if kind else {}))


# --- api.md's table, row by row

ROWS = [
    *[pytest.param(f"data:image/{kind};base64,{DIGITS}", 200, "", id=kind) for kind in ("jpeg", "png", "webp", "heic")],
    pytest.param(DIGITS, 200, "", id="bare base64"),
    pytest.param(f"data:image/jpeg;charset=utf-8;base64,{DIGITS}", 200, "", id="charset"),
    pytest.param(f"data:image/jpeg;name=x.png;base64,{DIGITS}", 200, "", id="name"),
    pytest.param(f"DATA:image/jpeg;BASE64,{DIGITS}", 200, "", id="upper case"),
    pytest.param(f"data:image/jpeg;base64,{quote(DIGITS)}", 200, "", id="percent-encoded"),
    pytest.param(f"data:image/jpeg,{quote(JPEG)}", 200, "", id="percent-encoded bytes"),
    pytest.param(f"data:;base64,{DIGITS}", 200, "", id="no type"),
    pytest.param(f"data:image/jpeg;base64{DIGITS}", 400, "malformed_data_url", id="no comma"),
    pytest.param("data:image/jpeg;base64,", 400, "missing_image", id="empty payload"),
    pytest.param("data:image/jpeg;base64,@@@@", 400, "malformed_base64", id="invalid base64"),
    pytest.param("data:image/jpeg;base64,aGVsbG8=", 415, "unsupported_image", id="no picture"),
    pytest.param(f"data:text/html;base64,{DIGITS}", 415, "unsupported_image", id="html"),
    pytest.param(f"data:text/plain;base64,{DIGITS}", 415, "unsupported_image", id="text"),
    pytest.param("data:image/svg+xml;utf8,<svg/>", 415, "unsupported_image", id="svg"),
    pytest.param("data:image/jpeg;base64," + "A" * 16_000_100, 413, "body_too_large", id="too long"),
]


@pytest.mark.parametrize(("text", "status", "code"), ROWS)
def test_data_urls(client: httpx.Client, text: str, status: int, code: str) -> None:
    answer = client.post(PROCESS, json={"image": text})
    assert is_cut_out(answer) if status == 200 else assert_problem(answer, status, code)


# --- anything

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(DIGITS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KNOWN = st.sampled_from(
    ["image", "effect", "effects", "effect_params", "quality", "bg_color", "crop", "bg_image", "image_url"]
)
PART = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
BODIES = st.one_of(
    st.binary(max_size=300),
    st.dictionaries(KNOWN | st.text(max_size=10), JSON, max_size=5).map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=100).map(lambda tail: JPEG[:2000] + tail),
    st.binary(max_size=200).map(
        lambda inside: b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + inside + b"\r\n--b--"
    ),
    st.binary(max_size=200).map(lambda inside: b"--b" + inside + b"--b--"),
)
CONTENT_TYPES = st.sampled_from(
    [b"application/json", b"multipart/form-data; boundary=b", b"image/jpeg", b"", b"application/json; charset=utf-16"]
) | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30).map(str.encode)
QUERIES = st.dictionaries(KNOWN | st.text(max_size=10), st.text(max_size=20), max_size=4)


@pytest.mark.parametrize("path", ROUTES)
@settings(FEW, max_examples=250)
@given(body=BODIES, content_type=CONTENT_TYPES, query=QUERIES)
def test_no_input_whatever_gives_a_500(
    client: httpx.Client, path: str, body: bytes, content_type: bytes, query: dict[str, str]
) -> None:
    answer = client.post(
        path, content=body, params=_encodable(query), headers=[(b"content-type", content_type.strip())]
    )
    if answer.status_code != 200:
        problem = assert_problem(answer, answer.status_code, answer.json()["code"])
        assert answer.status_code in (400, 413, 415, 422)
        assert problem["code"] in by_code()


def _encodable(query: dict[str, Any]) -> dict[str, Any]:
    return {_whole(name): _whole(value) for name, value in query.items()}


def _whole(text: str) -> str:
    """Without halves of surrogate pairs, which cannot be sent."""
    return text.encode("utf-8", "replace").decode()


@pytest.fixture(autouse=True)
def alive_afterwards(client: httpx.Client) -> Iterator[None]:
    yield
    assert client.get("/health/ready").status_code == 200
