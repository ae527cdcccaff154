"""TIFF 6.0 and BigTIFF, the first page, of the kinds that cameras, scanners and editors write."""

import ctypes
import io
from contextlib import suppress
from enum import IntEnum
from operator import add
from typing import Final

import numpy as np
from PIL import _imaging
from PIL.TiffImagePlugin import TiffImageFile

from gateway.errors import UnsupportedImage
from gateway.pictures.decoding import exif
from gateway.pictures.decoding import raw as pillow
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.facts import Facts
from gateway.pictures.decoding.ifd import SIZES, Entry, Flavour, first, first_directory, flavour, numbers

# libtiff would write to the process's standard error what is told to the client anyway.
with suppress(AttributeError):  # where it is built into Pillow and cannot be reached
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


class _One(IntEnum):
    """Tags that the decoder needs, of one value."""

    WIDTH = 256
    LENGTH = 257
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    SAMPLES = 277
    ROWS_A_STRIP = 278
    PLANAR = 284
    PREDICTOR = 317
    TILE_WIDTH = 322
    TILE_LENGTH = 323


class _Many(IntEnum):
    """Tags that the decoder needs, of any number of values."""

    BITS = 258
    STRIPS = 273
    STRIP_BYTES = 279
    COLOURS = 320
    TILES = 324
    TILE_BYTES = 325
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347
    SUBSAMPLING = 530
    BLACK_WHITE = 532


class _Told(IntEnum):
    """Tags that tell us something; the decoder is not given them, nor any other."""

    SUBFILE = 254
    ORIENTATION = exif.ORIENTATION
    SUB_DIRECTORIES = 330
    ICC = 34675
    DNG = 50706


_WANTED: Final = frozenset(map(int, (*_One, *_Many, *_Told)))
_CAMERAS: Final = frozenset((32767, 32769, 32770, 32867, 34713, 34892, 65000))  # ways to compress what a sensor saw
_COMPRESSIONS: Final = frozenset((1, 5, 7, 8, 32773, 32946))  # none, LZW, JPEG, deflate, PackBits, deflate as it was
_DEPTHS: Final = frozenset((1, 2, 4, 8, 16))
_WHITE_IS_ZERO, _DEEP = 0, 16
_MAX_SAMPLES: Final = 6  # of a pixel: CMYK and two more
_MAX_PIECES: Final = 65_536


class _Tags:
    """The first directory's tags as numbers."""

    def __init__(self, data: bytes) -> None:
        self.flavour: Flavour = flavour(data)
        self.entries: dict[int, Entry] = first_directory(data, _WANTED)

    def all(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        if tag not in self.entries:
            return default
        if self.entries[tag].length > _MAX_PIECES:
            raise ValueError("more values than a picture has pieces")
        return numbers(self.entries[tag], self.flavour)

    def one(self, tag: int, default: int = 0) -> int:
        return first(self.entries[tag], self.flavour) if tag in self.entries else default


def read(data: bytes) -> Facts:
    """Raises UnsupportedImage; ValueError, LookupError, struct.error for damage."""
    tags = _Tags(data)
    _refuse_camera(tags)
    _refuse_rare(tags)
    _refuse_hostile(tags, len(data))
    icc = tags.entries.get(_Told.ICC)
    orientation = exif.known(tags.one(_Told.ORIENTATION))
    return Facts(tags.one(_One.WIDTH), tags.one(_One.LENGTH), orientation, icc.data if icc else None)


def raw(data: bytes, facts: Facts) -> Raw:
    """Raises UnsupportedImage and what Pillow raises."""
    tags = _Tags(data)
    found = pillow.raw(_opened(data, tags), (facts.width, facts.height))
    if tags.one(_One.PHOTOMETRIC, 1) == _WHITE_IS_ZERO and tags.one(_Many.BITS, 1) == _DEEP:
        np.subtract(255, found.pixels[..., :3], out=found.pixels[..., :3])  # Pillow turns those of 8 bits only
    return found


def _opened(data: bytes, tags: _Tags) -> TiffImageFile:
    """The first page, nothing but pixels."""
    entries = {tag: tags.entries[tag] for tag in sorted(tags.entries.keys() & {*_One, *_Many})}
    if not all(entry.data for entry in entries.values()):
        raise ValueError("values beyond the end")
    for tag in entries.keys() & {*_One}:  # Pillow would warn of more than one value
        of, _, values = entries[tag]
        entries[tag] = Entry(of, 1, values[: SIZES[of]])
    try:
        return TiffImageFile(io.BytesIO(_with_directory(data, tags.flavour, entries)))
    except (SyntaxError, KeyError) as exc:
        raise UnsupportedImage(
            "This TIFF's pixels are of a kind this service does not read. Please save it as PNG."
        ) from exc


def _refuse_camera(tags: _Tags) -> None:
    # A thumbnail comes first, and what the sensor saw is elsewhere.
    thumbnail = tags.one(_Told.SUBFILE) & 1 and _Told.SUB_DIRECTORIES in tags.entries
    if _Told.DNG in tags.entries or thumbnail or tags.one(_One.COMPRESSION) in _CAMERAS:
        raise UnsupportedImage(
            "This is a camera's raw file, not a finished picture. Please export it as JPEG from the camera or a photo program."
        )


def _refuse_rare(tags: _Tags) -> None:
    depths, formats = set(tags.all(_Many.BITS, (1,))), set(tags.all(_Many.SAMPLE_FORMAT, (1,)))
    if not depths <= _DEPTHS or formats != {1} or tags.one(_One.SAMPLES, 1) > _MAX_SAMPLES:
        raise UnsupportedImage(
            "This TIFF has samples of more than 16 bits, with signs, or of another rare kind; 8 and 16 bits a colour are read. "
            "Please save it as PNG."
        )
    if tags.one(_One.COMPRESSION, 1) not in _COMPRESSIONS:
        raise UnsupportedImage(
            "This TIFF is compressed in a way this service does not read. Please save it with LZW, or as PNG."
        )


def _refuse_hostile(tags: _Tags, size: int) -> None:
    """Pieces beyond the file's end, or so many that listing them alone takes minutes, or larger than the picture."""
    offsets = tags.all(_Many.STRIPS) or tags.all(_Many.TILES)
    lengths = tags.all(_Many.STRIP_BYTES) or tags.all(_Many.TILE_BYTES) or (1,) * len(offsets)
    if not 0 < len(offsets) <= _MAX_PIECES or max(map(add, offsets, lengths)) > size:
        raise ValueError("no pieces, too many, or beyond the end")
    if _Many.TILES in tags.entries:
        for side, of in ((_One.TILE_WIDTH, _One.WIDTH), (_One.TILE_LENGTH, _One.LENGTH)):
            if not 0 < tags.one(side) < tags.one(of) + 1024:
                raise ValueError("tiles of another size")


def _with_directory(data: bytes, kind: Flavour, entries: dict[int, Entry]) -> bytes:
    """The same file, whose first and only directory is a new one at its end, of `entries`."""
    start = len(data) + len(data) % 2
    values = start + kind.counter.size + len(entries) * kind.entry.size + kind.address.size
    table, beyond = [kind.counter.pack(len(entries))], []
    for tag, (of, length, content) in entries.items():
        field = content
        if len(content) > kind.address.size:
            field = kind.address.pack(values)
            beyond.append(content + bytes(len(content) % 2))
            values += len(beyond[-1])
        table.append(kind.entry.pack(tag, of, length, field))
    head = data[: 8 if kind.big else 4] + kind.address.pack(start)
    rest = memoryview(data)[len(head) :]
    return b"".join([head, rest, bytes(len(data) % 2), *table, bytes(kind.address.size), *beyond])
