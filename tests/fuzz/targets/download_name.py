"""A name for a browser's file, behind a line with the file's media type."""

import re
from urllib.parse import unquote

from gateway.endpoints.disposition import attachment
from gateway.errors import InvalidParameter
from tests.fuzz.target import Target

HEADER = re.compile(r"attachment; filename=\"([A-Za-z0-9 ._()+-]+)\"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)")


def run(data: bytes) -> None:
    media_type, _, name = data.decode("utf-8", "replace").partition("\n")
    found = HEADER.fullmatch(attachment(name, media_type))
    assert found is not None
    full = unquote(found[2], errors="strict")
    assert len(found[1]) == len(full) <= 110
    assert not full.startswith(".") and not set(full) & set('/\\:*?"<>|\r\n\0')
    assert full.rpartition(".")[2] in ("png", "jpg", "webp", "avif", "zip", "bin")


TARGET = Target(
    "download_name",
    run,
    (InvalidParameter,),
    (
        b"image/png\n",
        b".png",
        b".html",
        b"..",
        b" ",
        b"'",
        b"%0d%0a",
        b"\r\n",
        b'"',
        b";",
        "é".encode(),
        "\u202e".encode(),
        "😀".encode(),
    ),
)
