"""Film grain: the same for the same picture."""

import cv2
import numpy as np
from isal import isal_zlib

from gateway.pictures.picture import Pixels, Plane


def grain(pixels: Pixels) -> Plane:
    """Grain for `pixels`, uint8 (H, W, 4), C-contiguous: float32 (H, W) around 0.

    0.7 · N(0, 0.4) at each pixel and 0.3 · N(0, 0.6) at each second one, enlarged bilinearly; then a Gaussian of 3 × 3,
    sigma 0.5. Both are NumPy's standard normals from SFC64, one after the other, seeded by the CRC-32 of the pixels.
    """
    height, width = pixels.shape[:2]
    random = np.random.Generator(np.random.SFC64(isal_zlib.crc32(pixels)))
    fine = random.standard_normal((height, width), np.float32)
    coarse = random.standard_normal((-(-height // 2), -(-width // 2)), np.float32)
    enlarged = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    field = cv2.addWeighted(fine, 0.7 * 0.4, enlarged, 0.3 * 0.6, 0, dst=fine)
    return np.asarray(cv2.GaussianBlur(field, (3, 3), 0.5, dst=enlarged), np.float32)
