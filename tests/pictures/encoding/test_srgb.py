"""The profile is sRGB, small, and always the same."""

import io

import numpy as np
from PIL import Image, ImageCms

from gateway.pictures.encoding.srgb import PROFILE
from tests.pictures.encoding.samples import photo


def test_is_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(PROFILE))
    assert "sRGB" in ImageCms.getProfileDescription(ours)
    image = Image.fromarray(photo())
    same = ImageCms.profileToProfile(image, ours, ImageCms.createProfile("sRGB"))
    assert np.abs(np.asarray(same).astype(int) - photo()).max() <= 1


def test_is_small_and_undated() -> None:
    assert len(PROFILE) <= 600
    assert ImageCms.ImageCmsProfile(io.BytesIO(PROFILE)).profile.creation_date.year == 2000
