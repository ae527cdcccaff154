"""Colour under transparent pixels, so that encoders which see no alpha don't smear black into the visible edge.

Lossy formats transform blocks and keep colour at half the resolution: what is hidden beside an edge shows at the edge.
So in blocks that an edge runs through, hidden pixels get the mean colour of the visible ones. Blocks without any visible
pixel stay black: they are flat and cost nothing.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.pictures.picture import Pixels

_BLOCK: Final = 16  # pixels: what JPEG and WebP transform together
_BAND: Final = 4  # blocks

Whole = NDArray[np.uint32]
"""Pixels as one number each, which is 0 where they are hidden."""


def bleed(pixels: Pixels) -> None:
    """Colours hidden pixels of `pixels`, uint8 (H, W, 4) RGBA, C-contiguous, RGB 0 where alpha is 0; in place.

    Alpha is left as it is.
    """
    for blocks in _blocks(pixels.view(np.uint32)[..., 0]):
        lowest, highest = blocks.min(axis=1), blocks.max(axis=1)
        mixed = np.nonzero((lowest.min(axis=2) == 0) & (highest.max(axis=2) > 0))
        blocks[mixed[0], :, mixed[1]] = _bled(blocks[mixed[0], :, mixed[1]])


def _blocks(whole: Whole) -> Iterator[Whole]:
    """Views of all of `whole`: (rows, block height, columns, block width), a band of blocks at a time.

    The last row and column of blocks are smaller where the size is no multiple.
    """
    height, width = whole.shape
    for top, bottom, down in _runs(height, _BAND * _BLOCK):
        for left, right, across in _runs(width, width):
            part = whole[top:bottom, left:right]
            yield part.reshape((bottom - top) // down, down, (right - left) // across, across)


def _runs(size: int, longest: int) -> Iterator[tuple[int, int, int]]:
    """`size` cut into (begin, end, block): runs of whole blocks, then what is left as a smaller one."""
    rest = size % _BLOCK
    for begin in range(0, size - rest, longest):
        yield begin, min(begin + longest, size - rest), _BLOCK
    if rest:
        yield size - rest, size, rest


def _bled(blocks: Whole) -> Whole:
    """(number, height, width) → the same with hidden pixels in the mean colour of the others; alpha stays 0."""
    hidden = blocks == 0
    sums = blocks[..., None].view(np.uint8).sum(axis=(1, 2), dtype=np.uint32)
    visible = (~hidden).sum(axis=(1, 2), dtype=np.uint32)
    means = np.rint(sums / visible[:, None]).astype(np.uint8)
    means[:, 3] = 0
    return np.where(hidden, means.view(np.uint32)[:, None], blocks)
