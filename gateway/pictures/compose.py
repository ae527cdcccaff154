"""A cut-out laid out as asked: cropped, shrunk, on a ground, or its alpha alone."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import cv2
import numpy as np
from PIL import Image

from gateway.errors import NoSubject
from gateway.pictures.frame import ASPECT
from gateway.pictures.headshot import confidence, headshot
from gateway.pictures.picture import Box, Pixels

Channels = Literal["rgba", "alpha"]
Crop = Literal["none", "subject", "head"]
Ground = tuple[int, int, int, int] | Pixels
"""What lies behind a cut-out: a colour (R, G, B, A), each 0–255, or a picture, uint8 RGBA (H, W, 4) of any size."""

NO_HEAD: Final = "The picture shows no subject, so there is no head to crop to."
WHITE: Final = (255, 255, 255, 255)
FOREGROUND_THRESHOLD: Final = 10  # of 255: fainter alpha is haze, not subject
_FEW: Final = 25_000_000  # pixels, which every format can hold: a head shot up to that is not shrunk
_BAND: Final = 32  # rows: what is worked on stays in the processor's cache


class Length(NamedTuple):
    """A distance in pixels, or in per cent of the subject's side that it extends."""

    value: float
    percent: bool

    def pixels(self, side: int) -> int:
        """In whole pixels, where the subject's side has `side`."""
        return round(self.value * side / 100 if self.percent else self.value)


class Margin(NamedTuple):
    """What a crop leaves around the subject."""

    top: Length
    right: Length
    bottom: Length
    left: Length

    @property
    def relative(self) -> bool:
        """Whether it follows the subject's size alone."""
        return all(each.percent for each in self)


NO_MARGIN: Final = Margin(*[Length(0, percent=True)] * 4)


@dataclass(frozen=True)
class Layout:
    """What is asked for; the defaults leave the cut-out as it is.

    `crop` cuts to the subject's box and `margin` around it, as far as the picture goes, or to its head. `max_side` bounds
    the longer side in pixels by shrinking. The cut-out is laid over the `grounds` in their order, the last one lowest; a
    picture among them covers the frame, centred.
    """

    crop: Crop = "none"
    margin: Margin = NO_MARGIN
    max_side: int | None = None
    channels: Channels = "rgba"
    grounds: tuple[Ground, ...] = ()


PLAIN: Final = Layout()


@dataclass(frozen=True)
class Framed:
    """A cut-out in its frame: `pixels` uint8 (H, W, 4) RGBA, straight alpha, RGB 0 where alpha is 0.

    `foreground` is where its subject is; `confidence`, 0–1, how good the crop is, where there was one.
    """

    pixels: Pixels
    foreground: Box
    confidence: float | None = None


def framed(pixels: Pixels, layout: Layout, going: Callable[[], None] = lambda: None) -> Framed:
    """What is to be drawn, cropped and shrunk; `pixels` as in Framed. `going` is called between steps and may raise.

    Raises NoSubject where a head is asked for and nothing is visible.
    """
    frame = Framed(pixels, foreground(pixels[..., 3]))
    for step in (_cropped, _shrunk):
        going()
        frame = step(frame, layout)
    return frame


def laid(pixels: Pixels, layout: Layout, going: Callable[[], None] = lambda: None) -> Pixels:
    """The finished picture of what was drawn, `pixels` as in Framed. `going` as in `framed`.

    (H, W, 3) where a ground makes it opaque, and (H, W) where alpha alone is asked for.
    """
    for step in (_alpha_alone, _on_grounds):
        going()
        pixels = step(pixels, layout)
    return pixels


def cut_out(pixels: Pixels, alpha: Pixels) -> None:
    """Gives `pixels`, uint8 (H, W, 4), the alpha uint8 (H, W), in place; RGB becomes 0 where it is 0."""
    cv2.insertChannel(alpha, pixels, 3)
    whole = pixels.view(np.uint32)[..., 0]
    for rows in bands(len(alpha)):
        np.multiply(whole[rows], alpha[rows] != 0, out=whole[rows])


def foreground(alpha: Pixels) -> Box:
    """The smallest box around alpha > FOREGROUND_THRESHOLD; all zeros where nothing is that opaque."""
    rows = np.flatnonzero(alpha.max(axis=1) > FOREGROUND_THRESHOLD)
    if not len(rows):
        return Box(0, 0, 0, 0)
    columns = np.flatnonzero(alpha.max(axis=0) > FOREGROUND_THRESHOLD)
    top, left = int(rows[0]), int(columns[0])
    return Box(top, left, width=int(columns[-1]) - left + 1, height=int(rows[-1]) - top + 1)


def with_margin(box: Box, margin: Margin, width: int, height: int) -> Box:
    """`box` and `margin` around it, within a picture of `width` × `height`."""
    top = max(box.top - margin.top.pixels(box.height), 0)
    left = max(box.left - margin.left.pixels(box.width), 0)
    bottom = min(box.top + box.height + margin.bottom.pixels(box.height), height)
    right = min(box.left + box.width + margin.right.pixels(box.width), width)
    return Box(top, left, right - left, bottom - top)


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """The size, at least 1 × 1, of what has `width` × `height` once its longer side is `side`."""
    longer = max(width, height)
    return max(round(width * side / longer), 1), max(round(height * side / longer), 1)


def over(front: Pixels, ground: Ground) -> Pixels:
    """`front`, uint8 RGBA (H, W, 4) of straight alpha, over `ground`: (H, W, 3) where that is opaque, else (H, W, 4)."""
    if isinstance(ground, tuple) and ground[3] == 255:
        return _on_colour(front, ground)
    height, width = front.shape[:2]
    back = _covering(ground, width, height)
    opaque = bool((back[..., 3] == 255).all())
    result = np.empty((height, width, 3 if opaque else 4), np.uint8)
    for rows in bands(height):
        under = back[rows] if len(back) == height else back[: rows.stop - rows.start]
        blended = _blended(front[rows], under)
        result[rows] = cv2.cvtColor(blended, cv2.COLOR_RGBA2RGB) if opaque else blended
    return result


def bands(height: int) -> Iterator[slice]:
    """The rows of a picture, a few at a time."""
    return (slice(top, min(top + _BAND, height)) for top in range(0, height, _BAND))


def _cropped(frame: Framed, layout: Layout) -> Framed:
    if layout.crop == "none":
        return frame
    alpha = np.ascontiguousarray(frame.pixels[..., 3])
    if layout.crop == "head":
        return _on_head(frame, alpha)
    inner = frame.foreground
    if not inner.width:
        return replace(frame, confidence=0.0)
    box = with_margin(inner, layout.margin, alpha.shape[1], alpha.shape[0])
    moved = inner._replace(top=inner.top - box.top, left=inner.left - box.left)
    return Framed(_cut(frame.pixels, box), moved, confidence(alpha, box))


def _on_head(frame: Framed, alpha: Pixels) -> Framed:
    found = headshot(alpha)
    if found is None:
        raise NoSubject(NO_HEAD)
    pixels = _cut(*_bounded(frame.pixels, found.box))
    return Framed(pixels, foreground(pixels[..., 3]), found.confidence)


def _bounded(pixels: Pixels, box: Box) -> tuple[Pixels, Box]:
    """Both shrunk where the box has more pixels than the picture, and not few: memory and formats are judged by the picture."""
    height, width = pixels.shape[:2]
    scale = math.sqrt(max(height * width, _FEW) / (box.height * box.width))
    if scale >= 1:
        return pixels, box
    high = math.floor(scale * box.height)
    small = Box(round(scale * box.top), round(scale * box.left), width=round(high * ASPECT), height=high)
    return _resized(pixels, fitted(width, height, round(scale * max(width, height)))), small


def _cut(pixels: Pixels, box: Box) -> Pixels:
    """`box` of the picture; transparent where it reaches beyond."""
    height, width = pixels.shape[:2]
    top, left = max(box.top, 0), max(box.left, 0)
    inside = pixels[top : min(box.top + box.height, height), left : min(box.left + box.width, width)]
    cut = np.zeros((box.height, box.width, 4), np.uint8)
    cut[top - box.top :, left - box.left :][: inside.shape[0], : inside.shape[1]] = inside
    return cut


def _shrunk(frame: Framed, layout: Layout) -> Framed:
    height, width = frame.pixels.shape[:2]
    if layout.max_side is None or layout.max_side >= max(width, height):
        return frame
    small = _resized(frame.pixels, fitted(width, height, layout.max_side))
    return replace(frame, pixels=small, foreground=foreground(small[..., 3]))


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Smaller: to (width, height)."""
    # Pillow weighs colours by alpha, so that what is hidden does not bleed into the edge; Hamming does not overshoot there.
    height, width = pixels.shape[:2]
    image = Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    small = np.array(image.resize(size, Image.Resampling.HAMMING))
    small[small[..., 3] == 0] = 0
    return small


def _alpha_alone(pixels: Pixels, layout: Layout) -> Pixels:
    return np.asarray(cv2.extractChannel(pixels, 3), np.uint8) if layout.channels == "alpha" else pixels


def _on_grounds(pixels: Pixels, layout: Layout) -> Pixels:
    for ground in layout.grounds:
        if pixels.shape[2:] == (4,):  # what is opaque, and alpha alone, hide what is behind
            pixels = over(pixels, ground)
    return pixels


def _on_colour(front: Pixels, colour: tuple[int, int, int, int]) -> Pixels:
    """(H, W, 3), within one level: both parts are rounded before they are added."""
    share = np.arange(255, -1, -1, dtype=np.float64)[:, None] / 255
    behind = np.rint(share * colour[:3]).astype(np.uint8)[:, None]  # what shows through each alpha
    result = np.empty((*front.shape[:2], 3), np.uint8)
    for rows in bands(len(front)):
        alpha = cv2.cvtColor(cv2.extractChannel(front[rows], 3), cv2.COLOR_GRAY2RGB)
        own = cv2.multiply(cv2.cvtColor(front[rows], cv2.COLOR_RGBA2RGB), alpha, scale=1 / 255)
        result[rows] = cv2.add(own, cv2.LUT(alpha, behind))
    return result


def _covering(ground: Ground, width: int, height: int) -> Pixels:
    """A band of a colour; a picture scaled to cover (height, width) and cut to it around its middle."""
    if isinstance(ground, tuple):
        return np.tile(np.array(ground, np.uint8), (min(height, _BAND), width, 1))
    rows, columns = ground.shape[:2]
    scale = max(width / columns, height / rows)
    across, down = width / scale, height / scale
    left, top = (columns - across) / 2, (rows - down) / 2
    image = Image.frombuffer("RGBA", (columns, rows), ground, "raw", "RGBA", 0, 1)
    box = (max(left, 0), max(top, 0), min(left + across, columns), min(top + down, rows))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC, box))


def _blended(front: Pixels, back: Pixels) -> Pixels:
    """Porter and Duff's `over` on straight alpha; both uint8 (H, W, 4)."""
    above = cv2.extractChannel(front, 3).astype(np.float32)
    below = cv2.multiply(255 - above, cv2.extractChannel(back, 3), scale=1 / 255, dtype=cv2.CV_32F)
    blended = cv2.blendLinear(front, back, above, below)  # divides by the sum of the weights: straight alpha again
    cv2.insertChannel(cv2.add(above, below, dtype=cv2.CV_8U), blended, 3)
    return np.asarray(blended, np.uint8)
