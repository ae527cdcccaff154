"""Cut-outs to draw from: real photographs with a soft-edged alpha, and whatever else an alpha can be."""

import numpy as np
import skimage.data
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateway.pictures.compose import cut_out
from gateway.pictures.picture import Pixels


def cutout(name: str, top: int, left: int, height: int, width: int) -> Pixels:
    """A part of scikit-image's photograph behind an ellipse with a soft edge, RGB 0 where alpha is 0."""
    photo = getattr(skimage.data, name)()[top : top + height, left : left + width]
    y, x = np.indices(photo.shape[:2])
    radius = np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (height / 2))
    return with_alpha(photo, (255 * np.clip((1 - radius) * 6, 0, 1)).astype(np.uint8))


def with_alpha(colours: Pixels, alpha: Pixels) -> Pixels:
    """uint8 (H, W, 4), RGB 0 where alpha is 0."""
    pixels = np.dstack([colours, alpha])
    cut_out(pixels, np.ascontiguousarray(alpha))
    return pixels


@st.composite
def anything(draw: st.DrawFn, most: int = 40) -> Pixels:
    """A small picture of noise or one colour, with an alpha that is opaque, absent, noise, or islands of one pixel."""
    size = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
    colours = draw(arrays.arrays(np.uint8, (*size, 3), fill=st.integers(0, 255)))
    kind = draw(st.sampled_from(["opaque", "absent", "noise", "islands"]))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    alpha = {
        "opaque": np.full(size, 255),
        "absent": np.zeros(size),
        "noise": random.integers(0, 256, size),
        "islands": 255 * (random.random(size) < 0.03),
    }[kind]
    return with_alpha(colours, alpha.astype(np.uint8))
