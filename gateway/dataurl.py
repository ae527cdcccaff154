"""Pictures in text: data URLs (RFC 2397) and bare base64, as browsers, phones and scripts really send them.

Accepted beyond the letter: upper case, any parameters, percent-encoding, the base64url alphabet, missing padding, white
space anywhere. Every step is one pass in C over the whole text, so that 30 MB take well under a second.
"""

import binascii
from dataclasses import dataclass
from string import hexdigits

import numpy as np

from gateway.errors import BodyTooLarge, MalformedBase64, MalformedDataURL, MissingImage, UnsupportedImage

MAX_HEADER = 1000
"""Characters before the comma: fifty million of them, all semicolons, are parameters of two gigabytes."""
PIECE = 1 << 20

_WHITESPACE = b" \t\r\n\f\v"
_URL_SAFE_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_NOT_HEX = 255
_HEX_VALUES = np.full(256, _NOT_HEX, np.uint8)
_HEX_VALUES[list(hexdigits.encode())] = [int(digit, 16) for digit in hexdigits]


@dataclass(frozen=True)
class Embedded:
    """The bytes found in a text and the media type it declared for them, "" where it declared none."""

    data: bytes
    declared: str


def decode(text: str, limit: int) -> Embedded:
    """The bytes of a data URL or of bare base64; whether they are a picture is not judged here.

    Raises BodyTooLarge beyond `limit` characters, before any decoding; MissingImage for an empty payload;
    MalformedDataURL, MalformedBase64; UnsupportedImage where the declared type cannot be a picture.
    """
    if len(text) > limit:
        raise BodyTooLarge(
            f"The picture's text has {len(text)} characters; {limit} are allowed.", limit=limit, actual=len(text)
        )
    text = text.strip()
    if text[:5].lower() != "data:":
        return Embedded(_from_base64(_ascii(text)), "")
    declared, base64, payload = _split(text[5:])
    _refuse_other_types(declared)
    data = _from_base64(payload) if base64 else _unquoted(payload)
    if not data:
        raise MissingImage("The data URL is empty after its comma.")
    return Embedded(data, declared)


def _split(url: str) -> tuple[str, bool, bytes]:
    header, comma, payload = url.partition(",")
    if not comma:
        raise MalformedDataURL("The data URL has no comma between its type and its data.")
    if len(header) > MAX_HEADER:
        raise MalformedDataURL(
            f"The data URL has {len(header)} characters before its comma; {MAX_HEADER} are allowed.", limit=MAX_HEADER
        )
    declared, *parameters = (part.strip().lower() for part in header.split(";"))
    return declared, "base64" in parameters, _ascii(payload)


def _refuse_other_types(declared: str) -> None:
    picture = declared.startswith("image/") and not declared.startswith("image/svg")
    if declared and not picture and declared != "application/octet-stream":
        raise UnsupportedImage(
            "The data URL declares a type that is not a picture this service reads; "
            "declare image/*, application/octet-stream or nothing."
        )


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError as exc:
        raise MalformedBase64("The picture's text holds characters outside ASCII.") from exc


def _from_base64(payload: bytes) -> bytes:
    digits = _unquoted(payload).translate(_URL_SAFE_TO_STANDARD, _WHITESPACE).rstrip(b"=")
    if not digits:
        raise MissingImage("The picture's text is empty.")
    padding = b"=" * (-len(digits) % 4)
    try:
        return binascii.a2b_base64(digits + padding, strict_mode=True)
    except binascii.Error as exc:
        raise MalformedBase64("The picture's text is not base64 (standard or URL-safe alphabet).") from exc


def _unquoted(payload: bytes) -> bytes:
    """The payload with each %XX replaced by its byte, piece by piece: what that takes is ten times as much as the piece."""
    if b"%" not in payload:
        return payload
    pieces, start = [], 0
    while start < len(payload):
        end = start + PIECE
        cut = payload.find(b"%", end - 2, end) if end < len(payload) else -1  # of an escape that goes on behind it
        end = end if cut < 0 else cut
        pieces.append(_unescaped(payload[start:end]))
        start = end
    return b"".join(pieces)


def _unescaped(piece: bytes) -> bytes:
    values = np.frombuffer(piece + b"  ", np.uint8).copy()  # two bytes more: an escape cut short reads as not hex
    escapes = np.flatnonzero(values == ord("%"))
    high, low = _HEX_VALUES[values[escapes + 1]], _HEX_VALUES[values[escapes + 2]]
    if escapes.size and max(high.max(), low.max()) == _NOT_HEX:
        raise MalformedDataURL("The data URL has a % that two hexadecimal digits do not follow.")
    values[escapes] = high << 4 | low
    kept = np.ones(len(values), np.bool_)
    kept[escapes + 1] = kept[escapes + 2] = False
    return values[kept][:-2].tobytes()
