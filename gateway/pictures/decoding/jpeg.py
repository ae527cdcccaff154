"""JPEG (ITU-T T.81), also as phones extend it: more pictures, depth maps or a film behind the first one."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from PIL.JpegImagePlugin import JpegImageFile

from gateway.errors import UnsupportedImage
from gateway.pictures.decoding import exif
from gateway.pictures.decoding import raw as pillow
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.facts import Facts

_MARKER: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")  # neither a stuffed byte, nor a restart, nor filling
_ALONE: Final = (0x01, 0xD8)  # without a segment
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_READABLE: Final = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))  # lossy, sequential or progressive
_PROGRESSIVE: Final = frozenset((0xC2, 0xCA))
_NEEDED: Final = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD}  # by the decoder: tables
_JFIF, _EXIF, _ICC, _ADOBE = (0xE0, b"JFIF\0"), (0xE1, b"Exif\0\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe")
_JFIF_BYTES: Final = 14
_MAX_SEGMENTS: Final = 5_000
_MAX_SCANS: Final = 50  # each is a pass over all pixels; encoders write some ten


class _Frame(NamedTuple):
    marker: int
    bits: int
    height: int
    width: int
    components: int


class _Segment(NamedTuple):
    marker: int
    body: bytes
    end: int

    def begins(self, like: tuple[int, bytes]) -> bool:
        return self.marker == like[0] and self.body.startswith(like[1])


@dataclass
class _Head:
    """What is before the first scan; `needed` is what the decoder needs of it, `scan` where the scan's segment begins."""

    needed: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    frame: _Frame | None = None
    exif: bytes = b""
    profile: list[bytes] = field(default_factory=list)
    scan: int = 0


def read(data: bytes) -> Facts:
    """Raises UnsupportedImage; ValueError, struct.error for damage."""
    head = _head(data)
    frame = head.frame
    if frame is None or not head.scan:
        raise ValueError("no frame, or no scan")
    if frame.marker not in _READABLE or frame.bits != 8 or frame.components not in (1, 3, 4):
        raise UnsupportedImage(
            "This JPEG is of a rare kind, lossless or of more than 8 bits a colour, that this service does not read. "
            "Please save it as a usual JPEG or as PNG."
        )
    _refuse_endless(data, head)
    return Facts(frame.width, frame.height, exif.orientation(head.exif), icc=_joined(head.profile))


def raw(data: bytes, facts: Facts) -> Raw:
    """Raises what Pillow raises."""
    return pillow.raw(_opened(data), (facts.width, facts.height))


def reduced(data: bytes, divisor: int) -> Raw:
    """Decoded at 1/`divisor` of its size, 2, 4 or 8, rounded up. Raises what Pillow raises."""
    image = _opened(data)
    image.draft(None, (max(image.width // divisor, 1), max(image.height // divisor, 1)))
    return pillow.raw(image, image.size)


def _opened(data: bytes) -> JpegImageFile:
    """The first picture, nothing but pixels."""
    head = _head(data)
    # A file that was stored in part may end in zeros, which would decode as grey.
    stream = b"".join([*head.needed, data[head.scan :].rstrip(b"\0")])
    image = JpegImageFile(io.BytesIO(stream))
    image.decodermaxblock = len(stream)
    return image


def _head(data: bytes) -> _Head:
    head = _Head()
    start = 0
    for segment in _segments(data, 0):
        if segment.marker == _SOS:
            head.scan = start
            break
        _note(segment, head)
        start = segment.end
    return head


def _note(segment: _Segment, head: _Head) -> None:
    marker, body, _ = segment
    if marker in _FRAMES:
        bits, height, width, components = body[0], body[1:3], body[3:5], body[5]
        head.frame = _Frame(marker, bits, int.from_bytes(height), int.from_bytes(width), components)
    whole = segment.begins(_JFIF) and len(body) >= _JFIF_BYTES
    if marker in _NEEDED or whole or segment.begins(_ADOBE):
        head.needed.append(b"\xff" + bytes((marker,)) + (len(body) + 2).to_bytes(2) + body)
    elif segment.begins(_EXIF):
        head.exif = head.exif or body
    elif segment.begins(_ICC):
        head.profile.append(body[len(_ICC[1]) :])


def _segments(data: bytes, start: int) -> Iterator[_Segment]:
    """Up to the picture's end, or as far as they make sense."""
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, start)
        if found is None or found[1][0] == _EOI:
            return
        start = found.end()
        if found[1][0] not in _ALONE:
            length = int.from_bytes(data[start : start + 2])
            body = data[start + 2 : start + length]
            if length < 2 or len(body) != length - 2:
                return
            start += length
            yield _Segment(found[1][0], body, start)


def _refuse_endless(data: bytes, head: _Head) -> None:
    """A few bytes each, thousands of scans over a large picture would keep the decoder busy for hours."""
    scans = 0
    for number, segment in enumerate(_segments(data, head.scan), start=1):
        scans += segment.marker == _SOS
        if (
            scans == 1
            and head.frame
            and segment.body[0] == head.frame.components
            and head.frame.marker not in _PROGRESSIVE
        ):
            return  # all there is
        if scans > _MAX_SCANS or number == _MAX_SEGMENTS:
            raise ValueError("too many scans")


def _joined(profile: list[bytes]) -> bytes | None:
    """A profile's parts, each numbered, in their order."""
    return b"".join(part[2:] for part in sorted(profile)) or None
