"""What a file's header says of its first picture."""

from dataclasses import dataclass

from gateway.pictures.decoding.colour.space import Space


@dataclass(frozen=True)
class Facts:
    """`width` × `height` pixels as they are stored; `orientation` 1–8, as EXIF counts, turns them upright.

    `icc` is the profile that came along, `space` the meaning of the colours where it is told by other means. `coded` is
    what a decoder may have to make of the data, in pixels, where that can be more.
    """

    width: int
    height: int
    orientation: int = 1
    icc: bytes | None = None
    space: Space | None = None
    coded: int = 0
