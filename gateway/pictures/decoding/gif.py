"""GIF, of an animated one the first frame."""

import io
from typing import Final, NamedTuple

import numpy as np
from PIL.GifImagePlugin import GifImageFile

from gateway.pictures.decoding import raw as pillow
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.facts import Facts
from gateway.pictures.picture import Box

_EXTENSION, _FRAME = b"!", b","
_CONTROL: Final = 0xF9
_MAX_HEAD: Final = 1_000_000  # bytes before the first frame


class _Head(NamedTuple):
    """`frame` is where the first frame's descriptor of ten bytes begins; `hidden` the colour that stands for none."""

    frame: int
    hidden: int | None


def read(data: bytes) -> Facts:
    """Raises ValueError, IndexError for damage."""
    box = _box(data, _head(data).frame)
    if not (box.width and box.height):
        raise ValueError("an empty frame")
    # A frame that is larger than its screen widens it, as in browsers.
    width = max(_number(data, 6), box.left + box.width)
    height = max(_number(data, 8), box.top + box.height)
    return Facts(width, height)


def raw(data: bytes, facts: Facts) -> Raw:
    """What the frame leaves of the screen is transparent. Raises what Pillow raises."""
    head = _head(data)
    box = _box(data, head.frame)
    found = pillow.raw(_opened(data, head), (box.width, box.height))
    if box == Box(0, 0, facts.width, facts.height):
        return found
    screen = np.zeros((facts.height, facts.width, 4), np.uint8)
    screen[box.top : box.top + box.height, box.left : box.left + box.width] = found.pixels
    return Raw(screen, found.model, transparent=True)


def _opened(data: bytes, head: _Head) -> GifImageFile:
    """The frame by itself, on a screen of its own size."""
    screen = data[head.frame + 5 : head.frame + 9] + data[10 : 13 + _palette_bytes(data[10])]
    frame = _FRAME + bytes(4) + data[head.frame + 5 : head.frame + 10]
    image = GifImageFile(io.BytesIO(b"".join([b"GIF89a", screen, frame, memoryview(data)[head.frame + 10 :]])))
    if head.hidden is not None:
        image.info["transparency"] = head.hidden
    return image


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 2], "little")


def _box(data: bytes, frame: int) -> Box:
    left, top, width, height = (_number(data, frame + at) for at in (1, 3, 5, 7))
    return Box(top, left, width, height)


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _head(data: bytes) -> _Head:
    position = 13 + _palette_bytes(data[10])
    hidden = None
    while data[position : position + 1] == _EXTENSION:
        if data[position + 1] == _CONTROL:
            hidden = data[position + 6] if data[position + 3] & 1 else None
        position = _behind(data, position + 2)
    if data[position : position + 1] != _FRAME:
        raise ValueError("no frame")
    return _Head(position, hidden)


def _behind(data: bytes, position: int) -> int:
    """The end of the blocks that begin at `position`: each its length and as many bytes, the last one empty."""
    while position <= _MAX_HEAD and (size := data[position]):
        position += 1 + size
    if position > _MAX_HEAD:
        raise ValueError("too much before the first frame")
    return position + 1
