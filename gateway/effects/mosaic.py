"""A mosaic of irregular stones in mortar: small ones where there is detail, large ones elsewhere."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.effects import voronoi
from gateway.effects.bands import bands
from gateway.effects.effect import Effect, NoParameters
from gateway.effects.reduced import reduced
from gateway.effects.voronoi import Cells, Points
from gateway.pictures.compose import cut_out
from gateway.pictures.picture import Pixels

_WORK: Final = 512  # pixels of the longer side on which stones are laid out; they are drawn at full size
_STONES: Final = 76  # along the longer side, where detail is even
_MORTAR: Final = np.array([150, 142, 132, 0], np.float32)
_JOINT: Final = 0.9  # half of a joint, in thousandths of the longer side
_LEAST_JOINT: Final = 0.5  # pixels
_SPILL: Final = 0.5  # pixels by which OpenCV draws a smooth side too far
_SHIFT: Final = 4  # bits behind the point of OpenCV's coordinates
_LUMA: Final = np.array([0.299, 0.587, 0.114])
_SEED: Final = 7
_SHADE: Final = np.rint(0.16 * np.arange(256)).astype(np.uint8)  # by the slope of a stone's edge


def draw(pixels: Pixels, values: NoParameters) -> Pixels:
    """Stones of the colours that lie under them, their edges lit from the upper left; sizes go with the longer side."""
    if not pixels[..., 3].any():
        return np.zeros_like(pixels)
    small = reduced(pixels, _WORK)
    height, width = small.shape[:2]
    stones = voronoi.cells(voronoi.sites(_detail(small), _count(small), _SEED), width, height)
    alpha = np.ascontiguousarray(pixels[..., 3])
    drawn = _laid(stones, _colours(small, stones.sites), alpha.shape, max(pixels.shape) / max(small.shape))
    _surround(drawn, alpha)
    _light(drawn)
    cut_out(drawn, alpha)
    return drawn


def _count(small: Pixels) -> int:
    """As many as cover what is visible."""
    visible = float(np.count_nonzero(small[..., 3]))
    return int(max(round(visible * (_STONES / max(small.shape[:2])) ** 2), 1))


def _detail(small: Pixels) -> NDArray[np.float64]:
    """Where stones should be small: around edges; 0 where nothing is visible."""
    luma = cv2.cvtColor(small, cv2.COLOR_RGBA2GRAY)
    slope = np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1))
    around = cv2.GaussianBlur(np.minimum(slope, 300), (31, 31), 5)
    return np.asarray((0.15 + around / max(around.max(), 1.0)) ** 1.8 * (small[..., 3] > 0), np.float64)


def _colours(small: Pixels, places: Points) -> Points:
    """The means under the stones, a little stronger, each stone a little different."""
    height, width = small.shape[:2]
    numbers = voronoi.labels(places, width, height)
    alpha = small[..., 3].astype(np.float64)
    mean = voronoi.means([small[..., i] * alpha for i in range(3)], alpha, numbers)
    across, down = places.astype(np.intp).T
    own = mean[numbers[down.clip(0, height - 1), across.clip(0, width - 1)]]
    grey = (own @ _LUMA)[:, None]
    random = np.random.Generator(np.random.SFC64(_SEED))
    shade = 1 + 0.05 * random.standard_normal((len(own), 1))
    return np.asarray(np.clip((1.08 * (grey + 1.2 * (own - grey) - 128) + 128) * shade, 0, 255), np.float64)


def _joint(shape: tuple[int, ...]) -> float:
    """Half of a joint, in pixels."""
    return max(_JOINT * max(shape) / 1000, _LEAST_JOINT)


def _laid(stones: Cells, colours: Points, shape: tuple[int, ...], scale: float) -> Pixels:
    """The stones at `scale` in mortar, uint8 (H, W, 4); alpha is 0 where there is mortar."""
    sides = voronoi.inset(stones, (_joint(shape) + _SPILL) / scale)
    corners = np.rint(scale * sides * (1 << _SHIFT)).astype(np.int32)
    canvas = np.full((*shape, 4), _MORTAR.astype(np.uint8))
    for first, last, colour in zip(stones.starts, stones.starts[1:], colours.tolist(), strict=False):
        cv2.fillConvexPoly(canvas, corners[first:last], (*colour, 255), cv2.LINE_AA, _SHIFT)
    return canvas


def _surround(canvas: Pixels, alpha: Pixels) -> None:
    """Mortar where the subject ends, so that no stone is cut without a joint."""
    width = 2 * round(1.5 * _joint(alpha.shape)) + 1
    solid = cv2.threshold(alpha, 127, 255, cv2.THRESH_BINARY)[1]
    inner = cv2.blur(cv2.erode(solid, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))), (3, 3))
    for rows, _, _ in bands(len(canvas)):
        share = inner[rows].astype(np.float32)[..., None] / 255
        canvas[rows] = np.rint(canvas[rows] * share + _MORTAR * (1 - share))


def _light(canvas: Pixels) -> None:
    """Makes the stones stand out: brighter at their upper left, darker at their lower right."""
    unit = max(canvas.shape) / 1000
    sigma, step = 1.2 * unit, max(round(0.9 * unit), 1)
    size = 2 * round(3 * sigma) + 1
    height = cv2.GaussianBlur(cv2.extractChannel(canvas, 3), (size, size), sigma)
    around = cv2.copyMakeBorder(height, step, step, step, step, cv2.BORDER_REPLICATE)
    below, above = around[2 * step :, 2 * step :], around[: -2 * step, : -2 * step]
    for change, slope in ((cv2.add, cv2.subtract(below, above)), (cv2.subtract, cv2.subtract(above, below))):
        shade = cv2.LUT(slope, _SHADE)
        change(canvas, cv2.cvtColor(shade, cv2.COLOR_GRAY2RGBA), dst=canvas)


MOSAIC: Final = Effect(
    "mosaic",
    "Small stones set in mortar, the smallest where the picture has detail.",
    draw,
)
