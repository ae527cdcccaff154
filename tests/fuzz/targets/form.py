"""A form: its Content-Type in the first line, its body behind that."""

import re

from gateway.endpoints.multipart import MAX_FIELD, MAX_PARTS, Part, parse
from gateway.errors import MalformedMultipart
from tests.fuzz.target import Target

PICTURES = ("file", "bg_image")
BOUNDARY = "again"


def run(data: bytes) -> None:
    content_type, _, body = data.partition(b"\n")
    parts = parse(body, content_type.decode("latin-1"))
    assert len(parts) <= MAX_PARTS
    assert sum(len(part.data) for part in parts) <= len(body)
    assert all(len(part.data) <= MAX_FIELD for part in parts if part.filename is None and part.name not in PICTURES)
    plain = [part for part in parts if _is_plain(part)]
    if plain:
        assert parse(_written(plain), f"multipart/form-data; boundary={BOUNDARY}") == plain


def _is_plain(part: Part) -> bool:
    return all(re.fullmatch("[a-z0-9_.]*", text) for text in (part.name, part.filename or "")) and (
        f"--{BOUNDARY}".encode() not in part.data
    )


def _written(parts: list[Part]) -> bytes:
    return b"".join(map(_part, parts)) + f"--{BOUNDARY}--\r\n".encode()


def _part(part: Part) -> bytes:
    file = "" if part.filename is None else f'; filename="{part.filename}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part.name}"{file}\r\n\r\n'
    return head.encode() + part.data + b"\r\n"


TARGET = Target(
    "form",
    run,
    (MalformedMultipart,),
    (
        b"\r\n--b\r\n",
        b"\r\n--b--\r\n",
        b"\r\n\r\n",
        b"--b",
        b'Content-Disposition: form-data; name="x"\r\n\r\n',
        b"Content-Transfer-Encoding: base64\r\n",
        b'; filename="x.png"',
        b"; filename*=UTF-8''%41",
        b"; name*0=a; name*1=b",
        b'"',
        b"\\",
        b"boundary=",
    ),
)
