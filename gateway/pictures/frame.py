"""The frame of 4:5 around a head.

It is twice as high as the head with its ears, or wide enough for a head with its nose from the side, whichever is larger.
The middle of the face lies 40 % below its upper edge, lower where ears need the room. The frame does not end far below
the subject: a face without a body fills it. Its width is round(height · 4/5), and it is 4 × 5 pixels or more.

Where the picture has not as much room as that, the frame reaches beyond it: who stands near a border gets the same
portrait as everyone. But where a border cuts the subject off, the straight line of the cut would show. There the frame
ends with the picture: first it gets tighter, then it moves, and the head stays wholly inside. Only where borders cut the
subject on opposite sides, and the head is too large for a frame between them, does the frame lose of the head.

It has no more pixels than the picture, unless the head alone needs them; of large pictures such a frame is shrunk (compose.py).
"""

import math
from typing import Final

from gateway.pictures.head import Head
from gateway.pictures.picture import Box
from gateway.pictures.shape import Cut, Shape

ASPECT: Final = 4 / 5
"""Width to height."""
_LOWEST: Final = 5  # pixels
_HEADS: Final = 2.0  # in the frame's height
_HEADS_ACROSS: Final = 1.25
_TIGHT: Final = 1.2  # both, where room is short
_CENTRE: Final = 0.4  # of the frame's height: where the middle of the face is
_OVER_EARS: Final = 0.05
_BELOW: Final = 0.1  # of the head's height: what may be empty below the subject


def frame(head: Head, shape: Shape, *, width: int, height: int) -> Box:
    """The frame around `head` of the subject `shape` in a picture of `width` × `height`."""
    cut, room = shape.cut, _room(shape.cut, width, height)
    largest = max(math.sqrt(width * height / ASPECT), _holding(head, 1, 1))
    wanted = min(_holding(head, _HEADS, _HEADS_ACROSS), _clear(head, shape, width, height))
    high = min(max(wanted, _holding(head, _TIGHT, _TIGHT)), largest)
    if _holding(head, 1, 1) > room:
        head = _core(head)
    high = max(math.floor(min(high, room)), math.ceil(_holding(head, 1, 1)), _LOWEST)
    wide = round(high * ASPECT)
    top = min(head.y - _CENTRE * high, head.top - _OVER_EARS * high)
    return Box(
        top=_start(top, high, (head.top, head.bottom), (cut.top, cut.bottom), height),
        left=_start(_middle(head) - wide / 2, wide, (head.left, head.right), (cut.left, cut.right), width),
        width=wide,
        height=high,
    )


def _holding(head: Head, high: float, across: float) -> float:
    """The height of the lowest frame that is so many heads high and so many across."""
    return max((head.bottom - head.top) * high, (head.right - head.left) * across / ASPECT)


def _middle(head: Head) -> float:
    return (head.left + head.right) / 2


def _core(head: Head) -> Head:
    """Its middle alone."""
    x, y = math.floor(_middle(head)), math.floor(head.y)
    return head._replace(left=x, top=y, right=x + 1, bottom=y + 1)


def _clear(head: Head, shape: Shape, width: int, height: int) -> float:
    """How high a frame with the head in its place can be before it shows where the subject is cut, or what is empty below."""
    cut = shape.cut
    bottom = height if cut.bottom else shape.box.top + shape.box.height + _BELOW * (head.bottom - head.top)
    return min(
        (bottom - head.y) / (1 - _CENTRE),
        head.y / _CENTRE if cut.top else math.inf,
        2 * _middle(head) / ASPECT if cut.left else math.inf,
        2 * (width - _middle(head)) / ASPECT if cut.right else math.inf,
    )


def _room(cut: Cut, width: int, height: int) -> float:
    """How high a frame can be that lies between borders which cut the subject on opposite sides."""
    return min(height if cut.top and cut.bottom else math.inf, width / ASPECT if cut.left and cut.right else math.inf)


def _start(wanted: float, length: int, head: tuple[int, int], cut: tuple[bool, bool], whole: int) -> int:
    """Where the frame begins along one axis: inside where the picture cuts the subject, around the head in any case."""
    start = round(wanted)
    if all(cut) and length > whole:  # the frame of a few pixels
        start = (whole - length) // 2
    elif cut[1] and start + length > whole:
        start = whole - length
    elif cut[0] and start < 0:
        start = 0
    return min(max(start, head[1] - length), head[0])
