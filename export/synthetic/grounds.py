"""What lies behind the subject: calm, blurred grounds for easy pictures and clutter for hard ones."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .colours import muted, near, vivid
from .figure import Colour
from .fur import SUBPIXEL
from .textures import PATTERNS, mixed, noise, ramp, rgb, step

Image = NDArray[np.float32]
Ground = Callable[[np.random.Generator, int, Colour], Image]


def easy(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """A calm ground (size, size, 3) about the colour `tint`."""
    ground = EASY[int(rng.integers(len(EASY)))](rng, size, tint)
    return np.clip(ground, 0.0, 1.0)


def hard(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """A cluttered ground, a third of the time slightly out of focus."""
    ground = HARD[int(rng.integers(len(HARD)))](rng, size, tint)
    if rng.random() < 0.35:
        ground = blurred(ground, size * float(rng.uniform(0.003, 0.012)))
    return np.clip(ground, 0.0, 1.0)


def blurred(image: Image, sigma: float) -> Image:
    """A Gaussian blur; wide ones are done on a thumbnail, where nothing is lost."""
    factor = max(int(sigma / 2.5), 1)
    if factor == 1:
        return cv2.GaussianBlur(image, (0, 0), max(sigma, 0.3)).astype(np.float32)
    size = image.shape[0]
    small = cv2.resize(image, (max(size // factor, 4),) * 2, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def gradient(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    wave = ramp(size, float(rng.uniform(0, 6.28))) + 0.5 + 0.5 * (noise(rng, size, 2.0) - 0.5)
    return mixed(tint, near(rng, tint, 0.15), wave)


def backdrop(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """A studio wall that meets a floor in a soft or sharp line, with a pool of light."""
    line = rng.uniform(0.05, 0.35)
    floor = step(ramp(size, 1.57 + rng.normal() * 0.03), line, rng.choice([0.01, 0.05, 0.3]))
    pool = noise(rng, size, 2.0) * np.float32(rng.uniform(0.1, 0.35))
    return mixed(tint, near(rng, tint, 0.14), floor) + rgb(pool - np.float32(0.1))


def defocused(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Low noise in three colours, as a far garden or room."""
    ground = mixed(tint, muted(rng), step(noise(rng, size, rng.uniform(2, 7), 2), 0.5, rng.uniform(0.2, 0.8)))
    return ground + (near(rng, tint, 0.2) - ground) * rgb(step(noise(rng, size, 4.0), 0.55, 0.4))


def bokeh(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Discs of light out of focus."""
    ground = np.ascontiguousarray(defocused(rng, size, tint * np.float32(0.7)))
    veil = ground.copy()
    for _ in range(int(rng.integers(5, 28))):
        centre, radius = rng.uniform(0, size, 2), rng.uniform(0.015, 0.07) * size
        cv2.circle(veil, _fixed(centre), int(radius * 16), _bgr(near(rng, tint, 0.3) + 0.15), -1, cv2.LINE_AA, SUBPIXEL)
    return blurred(ground + np.float32(rng.uniform(0.3, 0.9)) * (veil - ground), size * float(rng.uniform(0.004, 0.02)))


def soft_room(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    return blurred(room(rng, size, tint), size * float(rng.uniform(0.015, 0.06)))


def soft_clutter(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    return blurred(leaves(rng, size, tint), size * float(rng.uniform(0.02, 0.06)))


def outdoors(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Sky, a far line of trees and a meadow or a road."""
    horizon = rng.uniform(-0.25, 0.2) + 0.08 * noise(rng, size, 6.0, 2)
    height = ramp(size, 1.57)
    sky = mixed(
        np.array([0.55, 0.7, 0.9], np.float32), np.array([0.9, 0.92, 0.95], np.float32), noise(rng, size, 3.0, 2)
    )
    trees = mixed(tint * np.float32(0.5), near(rng, tint, 0.1), noise(rng, size, 18.0, 2))
    grass = mixed(tint, near(rng, tint, 0.12), noise(rng, size, 30.0, 2))
    far = rgb(step(height - horizon, 0.0, 0.02))
    ground = sky + (trees - sky) * far
    ground += (grass - ground) * rgb(step(height, rng.uniform(0.1, 0.3), 0.03))
    return blurred(ground, size * float(rng.uniform(0.006, 0.03)))


def surface(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """A table top or carpet: fine grain, mildly out of focus."""
    stretch = float(rng.choice([0.15, 1.0, 6.0]))
    grain = noise(rng, size, rng.uniform(10, 40), 2, stretch)
    return blurred(mixed(tint, near(rng, tint, 0.12), grain), size * float(rng.uniform(0.002, 0.01)))


def room(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Wall, floor, and furniture as upright boxes, frames and shelves."""
    ground = np.ascontiguousarray(backdrop(rng, size, tint))
    for _ in range(int(rng.integers(4, 14))):
        x, y, w, h = rng.uniform((-0.1, 0.0, 0.05, 0.05), (0.95, 0.8, 0.45, 0.6)) * size
        skew = rng.uniform(-0.04, 0.04, (4, 2)) * size * float(rng.random() < 0.4)
        corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)]) + skew
        colour = vivid(rng) if rng.random() < 0.3 else muted(rng)
        _polygon(ground, corners, colour)
        if rng.random() < 0.5:
            _polygon(ground, corners * 0.8 + corners.mean(0) * 0.2, near(rng, colour, 0.15))
    return ground


def leaves(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Dead leaves: overlapping shapes with a power law of sizes, which has the statistics of photographs (Lee 2001)."""
    ground = np.ascontiguousarray(mixed(tint, muted(rng), noise(rng, size, 4.0)))
    count, free = int(rng.integers(40, 110)), rng.random() < 0.5
    palette = [muted(rng) if free else near(rng, tint, 0.14) for _ in range(14)]
    radius = 0.025 / np.sqrt(rng.uniform(0.005, 1.0, count)) * size
    corner = np.linspace(0, 6.28, 14, endpoint=False)
    for r in np.sort(radius)[::-1]:
        sides = corner[:: int(rng.choice([1, 1, 2, 3]))] + rng.uniform(0, 6.28)
        points = np.stack([np.cos(sides) * r, np.sin(sides) * r * rng.uniform(0.2, 1.0)], 1)
        angle = rng.uniform(0, 3.14)
        spin = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        _polygon(ground, points @ spin + rng.uniform(0, size, 2), near(rng, palette[int(rng.integers(14))], 0.04))
    return ground * rgb(0.75 + np.float32(0.5) * noise(rng, size, size / 4, 1))


def patterned(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Wallpaper, a blanket, a striped or spotted cloth."""
    name = str(rng.choice(list(PATTERNS)))
    other = vivid(rng) if rng.random() < 0.4 else near(rng, tint, 0.25)
    ground = mixed(tint, other, PATTERNS[name](rng, size, float(rng.uniform(3, 20)), float(rng.uniform(0, 3.14))))
    return ground * rgb(0.8 + np.float32(0.4) * noise(rng, size, size / 5, 2))


def planks(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Boards, bricks or tiles with joints and grain, each of its own tone."""
    rows, columns = int(rng.integers(3, 14)), int(rng.choice([1, 2, 5, 8]))
    tones = near(rng, tint, 0.05) + rng.normal(0, 0.07, (rows, columns, 1)).astype(np.float32)
    ground = cv2.resize(tones, (size, size), interpolation=cv2.INTER_NEAREST)
    ground = ground * rgb(0.7 + np.float32(0.6) * noise(rng, size, 8.0, 3, 1.0 / 6.0))
    for row in range(1, rows):
        cv2.line(
            ground,
            (0, row * size // rows),
            (size, row * size // rows),
            _bgr(tint * np.float32(0.4)),
            max(size // 160, 1),
        )
    for column in range(1, columns):
        cv2.line(
            ground, (column * size // columns, 0), (column * size // columns, size), _bgr(tint * np.float32(0.5)), 1
        )
    return _tilted(ground, float(rng.choice([0.0, 0.0, 90.0])) + float(rng.normal() * 6.0))


def foliage(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """Grass or twigs: many sharp strokes over a dark ground."""
    ground = np.ascontiguousarray(mixed(tint * np.float32(0.45), tint * np.float32(0.8), noise(rng, size, 6.0, 2)))
    lean, spread = rng.uniform(-3.14, 0.0), rng.uniform(0.15, 1.2)
    for _ in range(10):
        root = rng.uniform(0, size, (24, 1, 2))
        angle, reach = lean + rng.normal(0, spread, (24, 1)), rng.uniform(0.04, 0.22, (24, 1)) * size
        run = np.stack([np.cos(angle), np.sin(angle)], 2) * reach[..., None]
        t = np.linspace(0, 1, 3)[None, :, None]
        lines = root + run * t + rng.normal(0, 0.02, (24, 1, 2)) * size * t * t
        cv2.polylines(
            ground,
            list(np.round(lines * 16).astype(np.int32)),
            False,
            _bgr(near(rng, tint, 0.16)),
            int(rng.integers(1, 2 + size // 96)),
            cv2.LINE_AA,
            SUBPIXEL,
        )
    return ground


def clutter(rng: np.random.Generator, size: int, tint: Colour) -> Image:
    """A room crowded with small objects on shelves."""
    ground = np.ascontiguousarray(room(rng, size, tint))
    for _ in range(int(rng.integers(15, 45))):
        centre, axes = rng.uniform(0, size, 2), rng.uniform(0.01, 0.06, 2) * size
        if rng.random() < 0.5:
            box = cv2.boxPoints((centre.tolist(), (axes * 2).tolist(), float(rng.normal() * 10)))
            _polygon(ground, np.asarray(box, np.float64), vivid(rng))
        else:
            cv2.ellipse(
                ground,
                (centre.tolist(), (axes * 2).tolist(), float(rng.uniform(0, 180))),
                _bgr(vivid(rng)),
                -1,
                cv2.LINE_AA,
            )
    return ground * rgb(0.85 + np.float32(0.3) * noise(rng, size, 40.0, 2))


def _tilted(image: Image, angle: float) -> Image:
    size = image.shape[0]
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), angle, 1.0)
    return cv2.warpAffine(image, turn, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT).astype(
        np.float32
    )


def _polygon(image: Image, points: NDArray[np.float64], colour: Colour) -> None:
    cv2.fillPoly(image, [np.round(points * 2**SUBPIXEL).astype(np.int32)], _bgr(colour), cv2.LINE_AA, SUBPIXEL)


def _fixed(point: NDArray[np.float64]) -> tuple[int, int]:
    return int(point[0] * 2**SUBPIXEL), int(point[1] * 2**SUBPIXEL)


def _bgr(colour: Colour) -> tuple[float, float, float]:
    """The three numbers as OpenCV wants them; the channel order stays RGB."""
    return float(colour[0]), float(colour[1]), float(colour[2])


EASY: Final[tuple[Ground, ...]] = (
    gradient,
    backdrop,
    backdrop,
    defocused,
    bokeh,
    soft_room,
    soft_room,
    soft_clutter,
    outdoors,
    surface,
)
HARD: Final[tuple[Ground, ...]] = (
    room,
    leaves,
    patterned,
    planks,
    foliage,
    clutter,
    clutter,
    outdoors,
    soft_clutter,
    soft_room,
)
