"""Pixels of any colour model, in place, to sRGB."""

import io
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from PIL import ImageCms

from gateway.pictures.buffers import shared
from gateway.pictures.decoding.colour import icc
from gateway.pictures.decoding.colour.space import Space
from gateway.pictures.decoding.damage import DAMAGE
from gateway.pictures.picture import Pixels

_BAND: Final = 16  # rows: what is worked on stays in the processor's cache
_FAILURES: Final = (*DAMAGE, ImageCms.PyCMSError)


@dataclass
class Raw:
    """Pixels as a file has them: uint8 (H, W, 4), C-contiguous, C M Y K or three colours and alpha.

    `GRAY` has its one sample in each of the three.
    """

    pixels: Pixels
    model: icc.Model
    transparent: bool = False


def to_srgb(raw: Raw, profile: bytes | None, space: Space | None) -> Pixels:
    """`raw`'s pixels, now RGBA in sRGB. A profile that is damaged, or for another model, is ignored."""
    icc_profile = profile if profile and icc.model(profile) == raw.model else None
    if raw.model == "CMYK":
        _from_inks(raw.pixels, icc_profile)
    elif raw.model == "LAB":
        _by_lcms(raw.pixels, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")
    elif raw.model == "GRAY":
        _from_grey(raw.pixels, icc_profile)
    else:
        _from_rgb(raw.pixels, icc_profile, space)
    return raw.pixels


def _from_rgb(pixels: Pixels, profile: bytes | None, space: Space | None) -> None:
    try:
        space = space or (icc.rgb(profile) if profile else None)
    except _FAILURES:
        return
    if space is not None:
        if not space.is_srgb:
            space.to_srgb(pixels)
    elif profile:
        _by_profile(pixels, profile, "RGB")


def _from_grey(pixels: Pixels, profile: bytes | None) -> None:
    if profile is None:
        return
    try:
        table = icc.grey(profile)
    except _FAILURES:
        return
    same = np.arange(256, dtype=np.uint8)
    if np.abs(table.astype(int) - same).max() > 1:
        tables = np.stack([table, table, table, same], axis=-1).reshape(1, 256, 4)
        cv2.LUT(pixels, tables, dst=pixels)


def _from_inks(pixels: Pixels, profile: bytes | None) -> None:
    if profile is None or not _by_profile(pixels, profile, "CMYK"):
        _from_inks_alone(pixels)
    pixels[..., 3] = 255


def _from_inks_alone(pixels: Pixels) -> None:
    """As browsers do: each ink takes its share of the light that black leaves."""
    for top in range(0, len(pixels), _BAND):
        band = pixels[top : top + _BAND]
        light = 255 - band
        cv2.multiply(light, cv2.cvtColor(light[..., 3], cv2.COLOR_GRAY2RGBA), dst=band, scale=1 / 255)


def _by_profile(pixels: Pixels, profile: bytes, mode: Literal["RGB", "CMYK"]) -> bool:
    """Whether it succeeded."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except _FAILURES:
        return False
    return _by_lcms(pixels, source, mode)


def _by_lcms(pixels: Pixels, source: ImageCms.ImageCmsProfile, mode: Literal["RGB", "CMYK", "LAB"]) -> bool:
    """Little CMS writes sRGB where the source's pixels were. Alpha, and black ink, stay."""
    try:
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except _FAILURES:
        return False
    transform.apply(shared(pixels, mode), shared(pixels, "RGB"))
    return True
