"""The table of data URLs that the interface promises."""

import base64
import binascii
import string
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import dataurl
from gateway.errors import (
    BadRequest,
    BodyTooLarge,
    GatewayError,
    MalformedBase64,
    MalformedDataURL,
    MissingImage,
    UnsupportedImage,
)

DATA = bytes(range(256)) * 3 + b"\xfb\xff"  # its base64 has + and / and needs padding
B64 = base64.b64encode(DATA).decode()
URL_SAFE = base64.urlsafe_b64encode(DATA).decode()
LIMIT = 1_000_000


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        pytest.param(f"data:image/jpeg;base64,{B64}", "image/jpeg", id="jpeg"),
        pytest.param(f"data:image/png;base64,{B64}", "image/png", id="png"),
        pytest.param(f"data:image/webp;base64,{B64}", "image/webp", id="webp"),
        pytest.param(f"data:image/heic;base64,{B64}", "image/heic", id="heic"),
        pytest.param(B64, "", id="bare base64"),
        pytest.param(f"data:;base64,{B64}", "", id="no type"),
        pytest.param(f"data:application/octet-stream;base64,{B64}", "application/octet-stream", id="octet-stream"),
        pytest.param(f"data:image/png;charset=utf-8;base64,{B64}", "image/png", id="charset"),
        pytest.param(f"data:image/png;name=x.png;base64,{B64}", "image/png", id="name"),
        pytest.param(f"DATA:IMAGE/PNG;BASE64,{B64}", "image/png", id="upper case"),
        pytest.param(f"data:image/png;base64,{quote(B64, safe='')}", "image/png", id="percent-encoded base64"),
        pytest.param(f"data:image/png,{quote_from_bytes(DATA)}", "image/png", id="percent-encoded bytes"),
        pytest.param(f"data:image/png;base64,{URL_SAFE}", "image/png", id="base64url"),
        pytest.param(URL_SAFE.rstrip("="), "", id="base64url, bare, unpadded"),
        pytest.param(f"data:image/png;base64,{B64.rstrip('=')}", "image/png", id="no padding"),
        pytest.param(f"data:image/png;base64,{base64.encodebytes(DATA).decode()}", "image/png", id="line breaks"),
        pytest.param(f"data:image/png;base64, {B64[:9]} \r\n\t{B64[9:]} ", "image/png", id="spaces"),
        pytest.param(f"  data:image/png;base64,{B64}\n", "image/png", id="spaces around"),
    ],
)
def test_accepts(text: str, declared: str) -> None:
    assert dataurl.decode(text, LIMIT) == dataurl.Embedded(DATA, declared)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("data:image/png;base64", MalformedDataURL, id="no comma"),
        pytest.param("data:", MalformedDataURL, id="only the scheme"),
        pytest.param("data:image/png" + ";a" * 500 + "," + B64, MalformedDataURL, id="parameters without end"),
        pytest.param("data:image/png,%4", MalformedDataURL, id="escape cut short"),
        pytest.param("data:image/png,%zz", MalformedDataURL, id="escape not hexadecimal"),
        pytest.param("data:image/png,%%41", MalformedDataURL, id="percent after percent"),
        pytest.param("data:image/png;base64,", MissingImage, id="empty payload"),
        pytest.param("data:image/png,", MissingImage, id="empty payload, not base64"),
        pytest.param("data:image/png;base64, \n", MissingImage, id="blank payload"),
        pytest.param("", MissingImage, id="empty text"),
        pytest.param("data:image/png;base64,@@@@", MalformedBase64, id="outside the alphabet"),
        pytest.param("data:image/png;base64,QUJD=QUJD", MalformedBase64, id="padding inside"),
        pytest.param("data:image/png;base64,QUJDR", MalformedBase64, id="one digit over"),
        pytest.param("data:image/png;base64,QÜJD", MalformedBase64, id="not ASCII"),
        pytest.param("https://example.org/cat.jpg", MalformedBase64, id="an address"),
        pytest.param(f"data:text/html;base64,{B64}", UnsupportedImage, id="html"),
        pytest.param("data:text/plain,hello", UnsupportedImage, id="plain text"),
        pytest.param(f"data:image/svg+xml;base64,{B64}", UnsupportedImage, id="svg"),
        pytest.param(f"data:application/pdf;base64,{B64}", UnsupportedImage, id="pdf"),
    ],
)
def test_refuses(text: str, error: type[GatewayError]) -> None:
    with pytest.raises(error):
        dataurl.decode(text, LIMIT)


def test_refuses_what_is_too_long_before_it_looks_inside() -> None:
    with pytest.raises(BodyTooLarge) as refusal:
        dataurl.decode("@" * 101, 100)
    assert (refusal.value.actual, refusal.value.limit) == (101, 100)


def _wrapped(data: bytes) -> str:
    return base64.encodebytes(data).decode()


def _unpadded(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode().rstrip("=")


ENCODERS = (
    _wrapped,
    _unpadded,
    lambda data: "data:;base64," + base64.urlsafe_b64encode(data).decode(),
    lambda data: "data:image/png;base64," + quote(_wrapped(data), safe=""),
    lambda data: "data:image/png," + quote_from_bytes(data, safe=""),
    lambda data: "data:image/png," + "".join(f"%{byte:02x}" for byte in data),
)


@settings(deadline=None)
@given(st.binary(min_size=1), st.sampled_from(ENCODERS))
def test_every_encoding_keeps_every_byte(data: bytes, encode: Callable[[bytes], str]) -> None:
    assert dataurl.decode(encode(data), LIMIT).data == data


@settings(deadline=None)
@given(st.text() | st.builds(lambda a, b: f"data:{a},{b}", st.text(string.printable), st.text(string.printable)))
def test_raises_nothing_but_its_own_errors(text: str) -> None:
    with suppress(BadRequest, BodyTooLarge, UnsupportedImage):
        assert dataurl.decode(text, LIMIT).data


@pytest.mark.parametrize("before", range(4))
def test_escapes_are_whole_wherever_a_piece_ends(before: int) -> None:
    text = "a" * (dataurl.PIECE - before) + "%25%41b%ff" * 3 + "%00" * dataurl.PIECE
    assert dataurl.decode(f"data:image/png,{text}", len(text) + 15).data == unquote_to_bytes(text)
