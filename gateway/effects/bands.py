"""A picture a few rows at a time: what is worked on stays in the processor's cache and takes little memory."""

from collections.abc import Iterator
from typing import Final, NamedTuple

_ROWS: Final = 128


class Band(NamedTuple):
    """`rows` of the picture are to be written; `read` are they and what lies around them, `inner` they within `read`."""

    rows: slice
    read: slice
    inner: slice


def bands(height: int, margin: int = 0, rows: int = _ROWS) -> Iterator[Band]:
    """All rows of a picture in bands of `rows`, each read with `margin` rows around it as far as the picture goes."""
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first = max(top - margin, 0)
        yield Band(slice(top, bottom), slice(first, min(bottom + margin, height)), slice(top - first, bottom - first))
