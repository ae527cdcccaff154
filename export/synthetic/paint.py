"""Paints a figure: its parts, back to front, as one premultiplied colour layer with an exact alpha."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .figure import Coat, Figure, Part
from .fur import SUBPIXEL, Hairs, grown, stroke
from .textures import PATTERNS, Field, mixed, noise, rgb

# Alpha is drawn on a canvas this many times larger and area-averaged.
OVERSAMPLE = 2
Image = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """Premultiplied RGB float32 (size, size, 3) and alpha float32 (size, size), 0..1."""

    colour: Image
    alpha: Field

    def over(self, ground: Image) -> Image:
        """The layer on the ground (Porter and Duff 1984)."""
        return self.colour + rgb(1.0 - self.alpha) * ground


@dataclass(frozen=True)
class Window:
    """The part of the frame, in whole pixels, that a part can touch."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def painted(rng: np.random.Generator, figure: Figure, size: int, light: float) -> Layer:
    """The figure, given in frame units (0..1), lit from the direction `light` (radians, image axes)."""
    layer = Layer(np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32))
    grain = noise(rng, size, size / 6, 2) - np.float32(0.5)
    flecks = grain + np.float32(0.5)
    mixes = {name: flecks for name, coat in figure.coats.items() if coat.pattern == "grain"}
    for part in figure.parts:
        window = _window(part, size)
        if window.width > 0 and window.height > 0:
            coat = figure.coats[part.coat]
            if part.coat not in mixes:
                mixes[part.coat] = PATTERNS[coat.pattern](rng, size, coat.scale, coat.angle)
            _lay(rng, layer, part, coat, mixes[part.coat], grain, window, light)
    return layer


def _window(part: Part, size: int) -> Window:
    points = np.concatenate(part.outline) * size
    margin = (0.0 if part.lines else part.fur * 2.2 * size) + 3
    left, top = np.maximum(np.floor(points.min(0) - margin), 0).astype(int)
    right, bottom = np.minimum(np.ceil(points.max(0) + margin), size).astype(int)
    return Window(int(left), int(top), int(right - left), int(bottom - top))


def _lay(
    rng: np.random.Generator,
    layer: Layer,
    part: Part,
    coat: Coat,
    mix: Field,
    grain: Field,
    window: Window,
    light: float,
) -> None:
    size = len(mix)
    body = _body(part, window, size)
    hairs = _hairs(rng, part, size)
    cover = _cover(rng, body, hairs, window, size) * np.float32(part.opacity)
    tone = 1.0 + np.float32(2.4 * coat.grain) * grain[window.slices]
    if part.relief and not part.lines and min(window.width, window.height) > size // 14:
        tone = tone * _relief(cover, light, part.relief)
    if len(hairs):
        tone = tone * _strands(rng, hairs, window, size)
    colour = np.minimum(mixed(coat.base, coat.second, mix[window.slices]) * rgb(tone), np.float32(1.0))
    if coat.gloss:
        colour += rgb(np.float32(coat.gloss) * np.clip(tone - np.float32(1.2), 0.0, 1.0))
    _blend(layer, part.inner, cover, colour, window)


def _blend(layer: Layer, inner: bool, cover: Field, colour: Image, window: Window) -> None:
    under, alpha = layer.colour[window.slices], layer.alpha[window.slices]
    if inner:
        under += rgb(cover) * (colour * rgb(alpha) - under)
    else:
        under += rgb(cover) * (colour - under)
        alpha += cover * (1.0 - alpha)


def _pixels(curve: NDArray[np.float64], window: Window, size: int, factor: int) -> NDArray[np.float64]:
    """Frame units to pixel centres of the window's canvas; OpenCV puts a pixel's centre at whole numbers."""
    return (curve * size - (window.left, window.top)) * factor - 0.5


def _body(part: Part, window: Window, size: int) -> NDArray[np.uint8]:
    canvas = np.zeros((window.height * OVERSAMPLE, window.width * OVERSAMPLE), np.uint8)
    curves = [_pixels(curve, window, size, OVERSAMPLE) for curve in part.outline]
    if part.lines:
        width = max(round(part.fur * size * OVERSAMPLE), 1)
        for curve in curves:
            stroke(canvas, curve[None], 255, width)
    else:
        fixed = [np.round(curve * 2**SUBPIXEL).astype(np.int32) for curve in curves]
        cv2.fillPoly(canvas, fixed, 255, cv2.LINE_AA, SUBPIXEL)
    return canvas


def _hairs(rng: np.random.Generator, part: Part, size: int) -> Hairs:
    if part.lines or part.fur * size < 1.0:
        return np.zeros((0, 4, 2))
    outline = part.outline[0]
    around = float(np.linalg.norm(np.diff(outline, axis=0), axis=1).sum()) * size
    border = int(around * float(rng.uniform(0.7, 1.6))) + 8
    inside = min(int(around * 0.4) + 4, 220)
    depth = np.concatenate([np.full(inside, 0.9), np.full(border, 0.04)])
    return grown(rng, outline, part.fur, part.droop, depth)


def _cover(rng: np.random.Generator, body: NDArray[np.uint8], hairs: Hairs, window: Window, size: int) -> Field:
    """Body and hairs as coverage (height, width), 0..1. Faint hairs are drawn alone, so they cannot thin the body."""
    if len(hairs):
        pixels = _pixels(hairs, window, size, OVERSAMPLE)
        faint = np.zeros_like(body)
        stroke(faint, pixels[::3], int(rng.integers(110, 240)), 1)
        stroke(body, pixels[1::3], 255, 1)
        stroke(body, pixels[2::3, :3], 255, 2 if size >= 320 else 1)
        body = np.maximum(body, faint)
    small = cv2.resize(body, (window.width, window.height), interpolation=cv2.INTER_AREA)
    return np.asarray(small.astype(np.float32) * np.float32(1.0 / 255.0), np.float32)


def _relief(cover: Field, light: float, depth: float) -> Field:
    """Lambert-like shading from the slope of the blurred mask, worked out on a thumbnail since it is smooth."""
    shape = cover.shape[1], cover.shape[0]
    across, down = (max(int(36 * side / max(shape)), 2) for side in shape)
    thumb = cv2.resize(cover, (across, down), interpolation=cv2.INTER_AREA)
    height = cv2.GaussianBlur(thumb, (0, 0), 0.14 * min(thumb.shape) + 0.4, borderType=cv2.BORDER_REPLICATE)
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, borderType=cv2.BORDER_REPLICATE)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, borderType=cv2.BORDER_REPLICATE)
    lit = -(slope_x * np.float32(np.cos(light)) + slope_y * np.float32(np.sin(light)))
    shade = np.float32(1.0) + lit * np.float32(0.4 * depth / (float(np.abs(lit).max()) + 0.05))
    shade *= 1.0 - np.float32(0.3 * depth) * (1.0 - height)
    return np.asarray(cv2.resize(shade, shape, interpolation=cv2.INTER_LINEAR), np.float32)


def _strands(rng: np.random.Generator, hairs: Hairs, window: Window, size: int) -> Field:
    """How much lighter or darker than its coat each hair is, as a factor (height, width)."""
    canvas = np.full((window.height, window.width), 128, np.uint8)
    pixels = _pixels(hairs, window, size, 1)
    spread = float(rng.uniform(12, 45))
    for group in range(3):
        stroke(canvas, pixels[group::3], int(np.clip(128 + (group - 1) * 1.4 * spread, 20, 235)))
    return canvas.astype(np.float32) * np.float32(1.0 / 128.0)
