"""Pictures whose foreground, background and alpha are known, to measure what is estimated from them.

Hair and fur are curves drawn with antialiasing; colours are scikit-image's photographs or generated ones. The foreground's
colour is known everywhere, also where alpha is 0. Sizes of hair and blur follow the picture's width, as in one photograph
taken at several sizes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Random = np.random.Generator
FULL_WIDTH: Final = 4000  # pixels; lengths below are of a picture as wide
SENSOR: Final = 1.5  # standard deviation of the noise of the finished picture, in levels


@dataclass(frozen=True)
class Composite:
    """`foreground` and `background` uint8 (H, W, 3), `alpha` uint8 (H, W), and the `picture` they make: RGBA, opaque."""

    name: str
    foreground: Pixels
    background: Pixels
    alpha: Pixels
    picture: Pixels = field(init=False)

    def __post_init__(self) -> None:
        noise = np.random.default_rng(0).normal(0, SENSOR, self.alpha.shape).astype(np.float32)[..., None]
        mixed = over(self.foreground, self.alpha, self.background) + noise
        opaque = np.full(self.alpha.shape, 255, np.uint8)
        object.__setattr__(self, "picture", np.dstack([as_pixels(mixed), opaque]))

    def colour_error(self, pixels: Pixels) -> float:
        """Mean absolute difference between the first three channels and the foreground, in levels, where 0.05 < α < 0.95."""
        band = (self.alpha > 0.05 * 255) & (self.alpha < 0.95 * 255)
        return float(np.abs(pixels[band][:, :3].astype(int) - self.foreground[band]).mean())


def composite(name: str, megapixels: float) -> Composite:
    """One of NAMES at 4:3."""
    height = round((megapixels * 750_000) ** 0.5)
    width = round(megapixels * 1_000_000 / height)
    foreground, background, alpha = _RECIPES[name]
    seeds = iter(np.random.default_rng(len(name)).spawn(3))
    return Composite(name, *(draw(height, width, next(seeds)) for draw in (foreground, background, alpha)))


def over(front: NDArray[Any], alpha: Pixels, back: NDArray[Any]) -> NDArray[np.float32]:
    """αF + (1 − α)B in levels."""
    share = alpha[..., None] * np.float32(1 / 255)
    return front[..., :3] * share + back[..., :3] * (1 - share)


def as_pixels(levels: NDArray[Any]) -> Pixels:
    """Rounded and limited to 0–255."""
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def mask_of(alpha: Pixels, size: int) -> Pixels:
    """What an exact network would see of `alpha`: its averages, uint8 (size, size)."""
    return np.asarray(Image.fromarray(alpha).resize((size, size), Image.Resampling.BOX))


def like_a_network(mask: Pixels) -> Pixels:
    """A mask a little blurred, too confident, too large, and with errors of 6 levels where it is soft."""
    blurred = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8) - 128) * 1.06 + 131
    soft = np.clip(4 * blurred / 255 * (1 - blurred / 255), 0, 1)
    answer = as_pixels(blurred + 6 * soft * np.random.default_rng(0).normal(size=mask.shape))
    return np.where(answer < 4, 0, np.where(answer > 251, 255, answer)).astype(np.uint8)


def _photo(name: str) -> Callable[[int, int, Random], Pixels]:
    def draw(height: int, width: int, _: Random) -> Pixels:
        """scikit-image's photograph at twice its size, mirrored until it fills the frame."""
        photo = getattr(skimage.data, name)()
        photo = cv2.resize(photo, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        photo = np.dstack([photo] * 3) if photo.ndim == 2 else photo[..., :3]
        beyond = [(0, max(side - have, 0)) for side, have in zip((height, width), photo.shape[:2], strict=True)]
        return np.pad(photo, (*beyond, (0, 0)), mode="symmetric")[:height, :width]

    return draw


def _hair(red: int, green: int, blue: int) -> Callable[[int, int, Random], Pixels]:
    def draw(height: int, width: int, random: Random) -> Pixels:
        """Fine vertical streaks of one colour, lighter here and darker there."""
        streaks = random.random((max(height // 40, 2), max(width // 2, 2)), np.float32)
        light = 0.55 + 0.5 * cv2.resize(streaks, (width, height)) + 0.4 * (_clouds(height, width, 6, random) - 0.5)
        return as_pixels(np.array([red, green, blue]) * light[..., None])

    return draw


def _screen(red: int, green: int, blue: int, spread: float) -> Callable[[int, int, Random], Pixels]:
    def draw(height: int, width: int, random: Random) -> Pixels:
        """One colour, unevenly lit by `spread` levels."""
        light = spread * (_clouds(height, width, 4, random) - 0.5) + random.normal(0, 2, (height, width))
        return as_pixels(np.array([red, green, blue]) + light[..., None])

    return draw


def _foliage(height: int, width: int, random: Random) -> Pixels:
    parts = [weight * _clouds(height, width, cells, random) for cells, weight in ((12, 0.3), (60, 0.35), (240, 0.35))]
    light = np.clip(2 * (sum(parts) - 0.25), 0, 1)[..., None]
    return as_pixels(np.array([25, 40, 15]) * (1 - light) + np.array([150, 190, 80]) * light)


def _clouds(height: int, width: int, cells: int, random: Random) -> NDArray[Any]:
    """Smooth noise, 0–1, with `cells` bumps across."""
    cloud = random.random((max(2, round(cells * height / width)), cells), np.float32)
    return cv2.resize(cloud, (width, height), interpolation=cv2.INTER_CUBIC)


def _portrait(height: int, width: int, random: Random) -> Pixels:
    head = _ellipse(height, width, (0.5, 0.42), (0.13, 0.22), 2)
    body = _ellipse(height, width, (0.5, 1.05), (0.33, 0.42), 6)
    hair = _strands(height, width, random, 1600, ((0.5, 0.42), (0.13, 0.22)), 0.09, (0.7, 6))
    return np.maximum.reduce([head, body, hair])


def _animal(height: int, width: int, random: Random) -> Pixels:
    fur = _strands(height, width, random, 4000, ((0.5, 0.55), (0.3, 0.33)), 0.03, (0.8, 4))
    return np.maximum(_ellipse(height, width, (0.5, 0.55), (0.3, 0.33), 8), fur)


def _star(height: int, width: int, random: Random) -> Pixels:
    """A thing with straight, sharp sides."""
    angle, radius = np.linspace(0, 2 * np.pi, 24, endpoint=False), random.uniform(0.22, 0.42, 24)
    corners = np.stack(
        [width / 2 + 0.8 * radius * width * np.cos(angle), height / 2 + radius * height * np.sin(angle)], 1
    )
    alpha = np.zeros((height, width), np.uint8)
    cv2.fillPoly(alpha, [np.int32(16 * corners)], 255, cv2.LINE_AA, 4)
    return alpha


def _defocused(height: int, width: int, random: Random) -> Pixels:
    return cv2.GaussianBlur(_star(height, width, random), (0, 0), 50 * width / FULL_WIDTH)


def _everywhere(height: int, width: int, random: Random) -> Pixels:
    """No pixel is sure: smoke."""
    smoke = 0.7 * _clouds(height, width, 24, random) + 0.3 * _clouds(height, width, 200, random)
    return np.clip(5 + 245 * (smoke - 0.1) / 0.8, 3, 252).astype(np.uint8)


def _ellipse(height: int, width: int, centre: tuple[float, float], radii: tuple[float, float], soft: float) -> Pixels:
    """A filled ellipse, in shares of the frame, its edge blurred by `soft` pixels of FULL_WIDTH."""
    scale = 16 * np.array([width, height])
    alpha = np.zeros((height, width), np.uint8)
    middle, axes = np.int32(centre * scale).tolist(), np.int32(radii * scale).tolist()
    cv2.ellipse(alpha, middle, axes, 0, 0, 360, 255, -1, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(alpha, (0, 0), max(soft * width / FULL_WIDTH, 0.3))


def _strands(
    height: int, width: int, random: Random, count: int,
    ellipse: tuple[tuple[float, float], tuple[float, float]], length: float, thickness: tuple[float, float],
) -> Pixels:  # fmt: skip
    """Bézier curves out of an ellipse, falling a little; finer than a pixel they are paler. Drawn at twice the size."""
    layer = np.zeros((2 * height, 2 * width), np.uint8)
    t = np.linspace(0, 1, 24)[:, None]
    basis = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3])
    thick = 2 * np.exp(random.uniform(*np.log(thickness), count)) * width / FULL_WIDTH
    shade = np.minimum(1, thick) * random.uniform(0.6, 1, count)
    for index in np.argsort(shade):
        points = _outwards(random, ellipse, np.array([width, height]), length * width * random.uniform(0.3, 1))
        curve = np.int32(32 * basis @ points)
        cv2.polylines(layer, [curve], False, int(255 * shade[index]), max(1, round(thick[index])), cv2.LINE_AA, 4)
    return cv2.resize(layer, (width, height), interpolation=cv2.INTER_AREA)


def _outwards(random: Random, ellipse: Any, frame: NDArray[Any], length: float) -> NDArray[Any]:
    """Four points of a curve from a random place on the ellipse."""
    angle = random.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(angle), np.sin(angle)])
    points = [(np.array(ellipse[0]) + 0.97 * direction * ellipse[1]) * frame]
    for _ in range(3):
        direction = direction + random.normal(0, 0.25, 2) + (0, 0.12)
        points.append(points[-1] + direction / np.hypot(*direction) * length / 3)
    return np.array(points)


_RECIPES: Final = {
    "hair on green": (_hair(120, 80, 50), _screen(40, 180, 70, 20), _portrait),
    "hair on sky": (_hair(70, 50, 40), _screen(120, 170, 230, 60), _portrait),
    "fair hair on photo": (_hair(210, 180, 130), _photo("coffee"), _portrait),
    "fur on foliage": (_photo("chelsea"), _foliage, _animal),
    "portrait on photo": (_photo("astronaut"), _photo("rocket"), _portrait),
    "similar colours": (_photo("brick"), _photo("gravel"), _animal),
    "sharp thing": (_photo("coffee"), _photo("astronaut"), _star),
    "defocused": (_photo("coffee"), _photo("retina"), _defocused),
    "everywhere": (_photo("astronaut"), _photo("coffee"), _everywhere),
}
NAMES: Final = tuple(_RECIPES)
