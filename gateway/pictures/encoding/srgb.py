"""The sRGB profile that JPEG and WebP carry."""

import struct
from typing import Final

from PIL import ImageCms

_DATE: Final = slice(24, 36)  # when it was made: all that differs from one time to the next
_ALWAYS: Final = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)


def _profile() -> bytes:
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[_DATE] = _ALWAYS
    return bytes(made)


PROFILE: Final = _profile()
