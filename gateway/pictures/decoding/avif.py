"""AVIF, of an animated one the first frame."""

from typing import Final

import numpy as np
from PIL import _avif

from gateway.pictures.decoding import av1, heif
from gateway.pictures.decoding.boxes import boxes, contents
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.colour.space import Space
from gateway.pictures.decoding.damage import DAMAGE
from gateway.pictures.decoding.facts import Facts

_THREADS: Final = 1  # pictures are decoded beside each other


def read(data: bytes) -> Facts:
    """`orientation` is that of the file's irot and imir; EXIF's word on it does not count. Raises what Pillow raises."""
    (width, height), _, _, icc, _, orientation, _ = _decoder(data).get_info()
    coded = av1.largest(*contents(data))
    return Facts(width, height, orientation, icc, None if icc else _told(data), coded=coded)


def raw(data: bytes, facts: Facts) -> Raw:
    """Raises what Pillow raises."""
    decoder = _decoder(data)
    size, *_ = decoder.get_info()
    if size != (facts.width, facts.height):
        raise ValueError("another size than the header says")
    samples = np.frombuffer(decoder.get_frame(0)[0], np.uint8)
    del decoder
    return heif.four(samples.reshape(facts.height, facts.width, -1))


def _decoder(data: bytes) -> _avif.AvifDecoder:
    return _avif.AvifDecoder(_without_exif(data), "auto", _THREADS)


def _without_exif(data: bytes) -> bytes:
    """libavif refuses pictures whose EXIF is damaged, but overlooks items of a kind that it does not know."""
    for box in boxes(data):
        if box.name == b"iinf" and b"Exif" in data[box.start : box.end]:
            return data[: box.start] + data[box.start : box.end].replace(b"Exif", b"none") + data[box.end :]
    return data


def _told(data: bytes) -> Space | None:
    """libavif's reader does not say; libheif reads the same container."""
    try:
        return heif.space(data)
    except DAMAGE:
        return None
