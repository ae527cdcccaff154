"""A picture in text."""

import base64

from gateway import dataurl
from gateway.errors import BodyTooLarge, MalformedBase64, MalformedDataURL, MissingImage, UnsupportedImage
from tests.fuzz.target import Target

LIMIT = 8192


def run(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    found = dataurl.decode(text, LIMIT)
    assert 0 < len(found.data) <= len(text)
    assert found.declared == found.declared.strip().lower() and not found.declared.startswith("image/svg")
    again = f"data:{found.declared};base64,{base64.b64encode(found.data).decode()}"
    assert dataurl.decode(again, 2 * LIMIT + 100) == found


TARGET = Target(
    "data_url",
    run,
    (BodyTooLarge, MalformedBase64, MalformedDataURL, MissingImage, UnsupportedImage),
    (
        b"data:",
        b"image/png",
        b"image/svg+xml",
        b";base64",
        b";charset=utf-8",
        b",",
        b"%",
        b"%41",
        b"%2",
        b"=",
        b"-_",
        b" ",
    ),
)
