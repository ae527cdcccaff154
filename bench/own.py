"""The gateway's own path without the network, on one thread."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.finish import Photo, finish
from gateway.order import Order
from gateway.pictures import edges, matte
from gateway.pictures.compose import WHITE, Layout, cut_out, framed, laid
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import read_header
from gateway.pictures.decoding.preview import preview
from gateway.pictures.encoding.encode import encode
from gateway.pictures.encoding.table import KEEPS_ALPHA, OutputFormat

LIMIT: Final = 50_000_000


def steps(data: bytes, mask: NDArray[np.uint8], size: int, output: OutputFormat, lap: Callable[[str], None]) -> None:
    """The same, step by step, as gateway/finish.py does it; `lap` is called after each."""
    header = read_header(data, LIMIT)
    lap("header")
    seen = preview(data, header, size)
    lap("preview")
    picture = seen.picture or decode(data, header)
    lap("decode")
    alpha = matte.enlarged(mask, picture.pixels)
    lap("matte")
    edges.decontaminate(picture.pixels, alpha)
    lap("edges")
    cut_out(picture.pixels, alpha)
    layout = Layout(grounds=() if output in KEEPS_ALPHA else (WHITE,))
    pixels = laid(framed(picture.pixels, layout).pixels, layout)
    lap("compose")
    encode(pixels, output, 90)
    lap("encode")
    del seen, picture, alpha, pixels
    lap("free")


def ours(mask: NDArray[np.uint8], size: int) -> Callable[[bytes, OutputFormat], bytes]:
    """A picture's file in, its cut-out's out; the network of `size` pixels would have answered with `mask`."""

    def cut(data: bytes, output: OutputFormat) -> bytes:
        header = read_header(data, LIMIT)
        seen = preview(data, header, size)
        return (
            finish(Photo(data, header, seen.picture, mask), None, Order("", output=output), lambda: None).files[0].body
        )

    return cut
