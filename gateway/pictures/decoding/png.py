"""PNG (ISO/IEC 15948, third edition), of an animated one the picture that stands still."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from isal import isal_zlib
from PIL.PngImagePlugin import PngImageFile

from gateway.pictures.decoding import exif
from gateway.pictures.decoding import raw as pillow
from gateway.pictures.decoding.colour import cicp, icc
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.colour.space import Space, decoded, space
from gateway.pictures.decoding.facts import Facts

MAGIC: Final = b"\x89PNG\r\n\x1a\n"
_NEEDED: Final = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_TELLING: Final = frozenset((b"iCCP", b"eXIf", b"cICP", b"sRGB", b"gAMA", b"cHRM"))
_MAX_CHUNKS: Final = 100_000
_GREY, _COLOUR = 0, 2  # colour types whose tRNS names one colour
_GAMMA: Final = 45455  # sRGB's, nearly, as files say who mean sRGB
_CHROMATICITIES: Final = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


class _Chunk(NamedTuple):
    """`end` is behind its checksum."""

    name: bytes
    start: int
    end: int


def read(data: bytes) -> Facts:
    """Raises ValueError, struct.error for damage."""
    width, height, *_ = _header(data)
    chunks = {each.name: data[each.start + 8 : each.end - 4] for each in _chunks(data) if each.name in _TELLING}
    profile = _profile(chunks.get(b"iCCP", b""))
    return Facts(
        width,
        height,
        exif.orientation(chunks.get(b"eXIf", b"")),
        None if b"cICP" in chunks else profile,
        _space(chunks, profiled=profile is not None),
    )


def raw(data: bytes, facts: Facts) -> Raw:
    """Raises what Pillow raises, and ValueError for a wrong checksum."""
    return pillow.raw(_opened(data), (facts.width, facts.height))


def _opened(data: bytes) -> PngImageFile:
    """The picture, nothing but pixels."""
    needed = [chunk for chunk in _chunks(data) if chunk.name in _NEEDED]
    view = memoryview(data)
    for name, start, end in needed:
        if isal_zlib.crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            raise ValueError(f"checksum of {name!r}")
    image = PngImageFile(io.BytesIO(b"".join([MAGIC, *(view[start:end] for _, start, end in needed)])))
    image.decodermaxblock = 1 << 20
    _scale_key(image, data, needed)
    return image


def _header(data: bytes) -> tuple[int, ...]:
    """Width, height, bits, colour type, compression, filter, interlacing."""
    if data[8:16] != b"\0\0\0\x0dIHDR":
        raise ValueError("no header first")
    return struct.unpack_from(">IIBBBBB", data, 16)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Up to the end, or to where the file is cut."""
    start = len(MAGIC)
    for _ in range(_MAX_CHUNKS):
        end = start + 12 + int.from_bytes(data[start : start + 4])
        if end > len(data) or len(data) < start + 12:
            return
        chunk = _Chunk(data[start + 4 : start + 8], start, end)
        yield chunk
        if chunk.name == b"IEND":
            return
        start = end


def _scale_key(image: PngImageFile, data: bytes, needed: list[_Chunk]) -> None:
    """tRNS names the colour in the file's bits; what is decoded has 8, but for grey of 16."""
    _, _, bits, colour_type, *_ = _header(data)
    key = next((data[chunk.start + 8 : chunk.end - 4] for chunk in needed if chunk.name == b"tRNS"), b"")
    if colour_type in (_GREY, _COLOUR) and key:
        most = 2**bits - 1
        samples = [int.from_bytes(key[at : at + 2]) & most for at in range(0, 6 if colour_type else 2, 2)]
        if image.mode != "I;16":
            samples = [sample >> 8 if bits == 16 else sample * 255 // most for sample in samples]
        image.info["transparency"] = tuple(samples) if colour_type else samples[0]


def _profile(chunk: bytes) -> bytes | None:
    """A profile as iCCP has it: a name, 0, a method, and compressed; no more of it than a profile may have."""
    _, _, packed = chunk.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], icc.MAX_BYTES + 1) or None
    except zlib.error:
        return None


def _space(chunks: dict[bytes, bytes], *, profiled: bool) -> Space | None:
    """What the colours mean, by the standard's order of precedence; None for sRGB, and where a profile says it."""
    if len(code := chunks.get(b"cICP", b"")) >= 2:
        return cicp.told(code[0], code[1])
    if profiled or b"sRGB" in chunks:
        return None
    try:
        return _measured(chunks)
    except (ArithmeticError, ValueError, struct.error):
        return None


def _measured(chunks: dict[bytes, bytes]) -> Space | None:
    """By gAMA and cHRM: a power, or sRGB's curve where it is near; primaries, or sRGB's where there are none."""
    gamma = int.from_bytes(chunks[b"gAMA"][:4]) if b"gAMA" in chunks else _GAMMA
    points = struct.unpack_from(">8I", chunks[b"cHRM"]) if b"cHRM" in chunks else _CHROMATICITIES
    usual = abs(gamma - _GAMMA) <= _GAMMA // 50
    if usual and max(abs(a - b) for a, b in zip(points, _CHROMATICITIES, strict=True)) <= 100:
        return None
    white, *primaries = [(points[at] / 1e5, points[at + 1] / 1e5) for at in range(0, 8, 2)]
    return space(primaries, white, decoded if usual else lambda levels: levels ** (1e5 / gamma))
