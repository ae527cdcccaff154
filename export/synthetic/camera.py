"""What a camera does to the finished scene: light, cast, vignette, blur, noise and JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .textures import Field, noise, ramp, rgb

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Faults:
    """Upper ends of what the camera gets wrong. blur: share of the size; the others: shares of full scale."""

    cast: float
    blur: float
    grain: float
    shade: float


MILD = Faults(cast=0.07, blur=0.004, grain=0.02, shade=0.25)
STRONG = Faults(cast=0.2, blur=0.012, grain=0.07, shade=0.5)


def taken(
    rng: np.random.Generator, image: Image, alpha: Field, faults: Faults
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Photographs `image` (size, size, 3), 0..1; blurs `alpha` (size, size) as it blurs the image: it stays exact."""
    if rng.random() < 0.5:
        image, alpha = _blurred(rng, image, alpha, faults.blur)
    image = _graded(rng, image * rgb(_light(rng, len(alpha), faults.shade)), faults.cast)
    image = image + _grain(rng, len(alpha), faults.grain)
    return _compressed(rng, to_bytes(image)), to_bytes(alpha)


def to_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0..1 to 0..255, rounded."""
    return np.asarray(np.clip(values * np.float32(255.0) + np.float32(0.5), 0.0, 255.0), np.float32).astype(np.uint8)


def _blurred(rng: np.random.Generator, image: Image, alpha: Field, most: float) -> tuple[Image, Field]:
    sigma = max(float(rng.uniform(0.0, most)) * len(alpha), 0.3)
    both = cv2.GaussianBlur(np.dstack([image, alpha]), (0, 0), sigma)
    return np.ascontiguousarray(both[..., :3], np.float32), np.ascontiguousarray(both[..., 3], np.float32)


def _light(rng: np.random.Generator, size: int, most: float) -> Field:
    """A slope of light, sometimes blotchy shadow, and a vignette."""
    light = 1.0 + np.float32(rng.uniform(0.0, most)) * ramp(size, float(rng.uniform(0, 6.28)))
    if rng.random() < 0.3:
        light *= 1.0 - np.float32(rng.uniform(0.0, most)) * noise(rng, size, 3.0, 2)
    axis = ramp(size, 0.0) ** 2
    return light * (1.0 - np.float32(rng.uniform(0.0, most)) * (axis + axis.T))


def _graded(rng: np.random.Generator, image: Image, most: float) -> Image:
    """Exposure, colour cast, contrast curve and saturation."""
    gain = float(np.exp(rng.normal() * 0.15)) * (1.0 + rng.uniform(-most, most, 3))
    vivid = rng.uniform(0.6, 1.3)
    matrix = (vivid * np.eye(3) + (1.0 - vivid) / 3.0) * gain
    image = np.clip(cv2.transform(image, matrix.astype(np.float32)), 0.0, 1.0)
    curve = np.float32(rng.uniform(-0.2, 0.8))
    return np.asarray(image + curve * image * (np.float32(1.0) - image) * (image - np.float32(0.5)), np.float32)


def _grain(rng: np.random.Generator, size: int, most: float) -> Image:
    """Sensor noise (size, size, 3): the sum of two uniform bytes is close enough to a normal, and fast."""
    raw = rng.integers(0, 256, (2, size, size, 3), np.uint8)
    total = cv2.add(raw[0].reshape(size, -1), raw[1].reshape(size, -1), dtype=cv2.CV_32F).reshape(size, size, 3)
    sigma = most * float(rng.beta(1.0, 2.0))
    return np.asarray((total - np.float32(255.0)) * np.float32(sigma / 104.0), np.float32)


def _compressed(rng: np.random.Generator, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    quality = int(rng.integers(50, 96))
    packed = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB), np.uint8)
