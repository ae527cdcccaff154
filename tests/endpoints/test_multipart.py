"""Forms as clients write them, and as nobody should."""

import time
from contextlib import suppress

import pytest

from gateway.endpoints.multipart import MAX_FIELD, MAX_PARTS, Part, parse
from gateway.errors import MalformedMultipart

TYPE = "multipart/form-data; boundary="


def form(
    boundary: bytes = b"b",
    disposition: bytes = b'form-data; name="file"; filename="a.jpg"',
    fields: bytes = b"",
    data: bytes = b"DATA",
    line: bytes = b"\r\n",
) -> bytes:
    head = b"--" + boundary + line + b"Content-Disposition: " + disposition + line + fields + line
    return head + data + line + b"--" + boundary + b"--" + line


def several(count: int) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n\r\n'
    return part * count + b"--b--\r\n"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(form(), TYPE + "b", id="plain"),
        pytest.param(form(b"a b:c"), TYPE + '"a b:c"', id="boundary quoted"),
        pytest.param(form(b"'()+_,-./:=?"), TYPE + '"\'()+_,-./:=?"', id="boundary of all that is allowed"),
        pytest.param(form(b"b" * 70), TYPE + "b" * 70, id="boundary of 70"),
        pytest.param(form(), TYPE + "b ; charset=utf-8", id="white space behind the boundary"),
        pytest.param(form(), "Multipart/Form-Data; BOUNDARY=b", id="upper case"),
        pytest.param(b"This is a form.\r\n" + form(), TYPE + "b", id="preamble"),
        pytest.param(b"\r\n" + form(), TYPE + "b", id="empty line before"),
        pytest.param(form() + b"Good bye.", TYPE + "b", id="epilogue"),
        pytest.param(form()[:-2], TYPE + "b", id="no line end behind"),
        pytest.param(form(fields=b"Content-Transfer-Encoding: Binary\r\n"), TYPE + "b", id="binary"),
        pytest.param(form(fields=b"X: y\r\n" * 7), TYPE + "b", id="8 fields"),
    ],
)
def test_reads(body: bytes, content_type: str) -> None:
    assert parse(body, content_type) == [Part("file", "a.jpg", b"DATA")]


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (b'form-data; name="file"', None),
        (b"form-data; name=file; filename=a.jpg", "a.jpg"),
        ('form-data; name="file"; filename="ü€.jpg"'.encode(), "ü€.jpg"),
        (b'form-data; name="file"; filename="\xfc.jpg"', "�.jpg"),
        (b'form-data; name="file"; filename="a\\"b;c.jpg"', 'a"b;c.jpg'),
        (b'form-data; name="file"; filename="a.jpg"; filename*=utf-8\'\'%e2%82%ac.jpg', "a.jpg"),
        (b'form-data; name="file"; filename=""', ""),
    ],
    ids=str,
)
def test_reads_file_names(disposition: bytes, filename: str | None) -> None:
    assert parse(form(disposition=disposition), TYPE + "b") == [Part("file", filename, b"DATA")]


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"\r\n--", b"\r\n--c\r\n", b"--b", b"\n--b\n", b"\r" * 1000, b"\r\n--" * 1000],
    ids=repr,
)
def test_data_is_left_alone(data: bytes) -> None:
    assert parse(form(data=data[:4000]), TYPE + "b")[0].data == data


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        pytest.param(form(), "multipart/form-data", "names no boundary", id="no boundary"),
        pytest.param(form(b""), TYPE + '""', "names no boundary", id="boundary empty"),
        pytest.param(form(b"b" * 300), TYPE + "b" * 300, "boundary", id="boundary too long"),
        pytest.param(form(), TYPE + "c", "with the boundary", id="another boundary"),
        pytest.param(form(line=b"\n"), TYPE + "b", "CR LF", id="LF alone"),
        pytest.param(form(fields=b"X: y\r\n z\r\n"), TYPE + "b", "not a multipart form", id="continued field"),
        pytest.param(form(fields=b"X: y\r\n" * 8), TYPE + "b", "more than 8 headers", id="9 fields"),
        pytest.param(form(fields=b"X: " + b"y" * 9000 + b"\r\n"), TYPE + "b", "8192 bytes", id="long field"),
        pytest.param(b"--b\r\n" + b"X" * 9000, TYPE + "b", "8192 bytes", id="field without end"),
        pytest.param(form(disposition=b"form-data"), TYPE + "b", "no name", id="no name"),
        pytest.param(
            form(fields=b'Content-Disposition: form-data; name="q"\r\n'), TYPE + "b", "two", id="two dispositions"
        ),
        pytest.param(
            form(fields=b"Content-Transfer-Encoding: base64\r\n"), TYPE + "b", "encoded for transfer", id="base64"
        ),
        pytest.param(form()[:-6], TYPE + "b", "ends before", id="cut short"),
        pytest.param(several(MAX_PARTS + 1), TYPE + "b", "more than 64 parts", id="65 parts"),
        pytest.param(b"", TYPE + "b", "ends before", id="empty"),
    ],
)
def test_refuses(body: bytes, content_type: str, words: str) -> None:
    with pytest.raises(MalformedMultipart, match=words):
        parse(body, content_type)


def test_reads_64_parts() -> None:
    assert len(parse(several(MAX_PARTS), TYPE + "b")) == MAX_PARTS


@pytest.mark.parametrize("piece", [b"\r\n--bx", b"\r\n--b-x", b"\r\n--b\rx", b"\r\n--b ", b"\r\n--", b"\r", b"\r\n-"])
def test_50_megabytes_of_near_boundaries_take_no_time(piece: bytes) -> None:
    body = form(data=piece * (50_000_000 // len(piece)))
    begin = time.process_time()
    with suppress(MalformedMultipart):
        parse(body, TYPE + "b")
    assert time.process_time() - begin < 2


def test_a_plain_field_is_bounded() -> None:
    plain = b'form-data; name="effect"'
    assert parse(form(disposition=plain, data=bytes(MAX_FIELD)), TYPE + "b")
    with pytest.raises(MalformedMultipart, match="65537 bytes; 65536 are allowed"):
        parse(form(disposition=plain, data=bytes(MAX_FIELD + 1)), TYPE + "b")
