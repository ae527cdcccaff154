"""Pictures: bytes to arrays, arrays to the model's input, the model's mask to a cut-out, a cut-out to bytes.

Pure: no file, no network, no state. Pillow decodes and resamples, OpenCV composes and writes PNG; both leave the
interpreter free while they work.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.ImageFile import ImageFile

from gateway.errors import InvalidParameter, TooManyPixels, TruncatedImage, UnsupportedImage

Pixels = NDArray[np.uint8]
OutputFormat = Literal["png", "webp"]

MEDIA_TYPES: Final[dict[OutputFormat, str]] = {"png": "image/png", "webp": "image/webp"}
WEBP_MAX_SIDE: Final = 16383
FOREGROUND_THRESHOLD: Final = 10  # of 255: fainter alpha is haze, not subject

# Each picture is computed on one thread; pictures run beside each other on the gateway's own pool.
cv2.setNumThreads(1)


class Format(NamedTuple):
    """A kind of file we read. `magic` is compared with the bytes at `offset`."""

    media_type: str
    offset: int
    magic: tuple[bytes, ...]
    open: Callable[[io.BytesIO], ImageFile]


# The plugins are called directly: Image.open would import every plugin there is and apply its own pixel limit.
FORMATS: Final = (
    Format("image/jpeg", 0, (b"\xff\xd8\xff",), JpegImagePlugin.jpeg_factory),
    Format("image/png", 0, (b"\x89PNG\r\n\x1a\n",), PngImagePlugin.PngImageFile),
    Format("image/webp", 8, (b"WEBP",), WebPImagePlugin.WebPImageFile),
    Format("image/gif", 0, (b"GIF87a", b"GIF89a"), GifImagePlugin.GifImageFile),
    Format("image/tiff", 0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), TiffImagePlugin.TiffImageFile),
    Format("image/bmp", 0, (b"BM",), BmpImagePlugin.BmpImageFile),
)
FORMAT_NAMES: Final = tuple(each.media_type for each in FORMATS)

# What Pillow's decoders raise on bytes that are damaged or hostile. MemoryError is not among them.
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)

# EXIF orientation → what must be done to the stored pixels to see the picture upright.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG: Final = 0x0112


@dataclass(frozen=True)
class Picture:
    """A decoded picture, upright: `rgb` uint8 (H, W, 3), its own `alpha` uint8 (H, W) if it came with one."""

    rgb: Pixels
    alpha: Pixels | None
    media_type: str

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])


class Box(NamedTuple):
    """A rectangle in pixels of the picture it belongs to."""

    top: int
    left: int
    width: int
    height: int


def sniff(data: bytes) -> Format:
    """The format that the first bytes announce. Raises UnsupportedImage."""
    for each in FORMATS:
        if data.startswith(each.magic, each.offset):
            return each
    raise UnsupportedImage("The data is not a picture this service reads.", allowed=FORMAT_NAMES)


def decode(data: bytes, max_pixels: int) -> Picture:
    """The picture in `data`, upright, its first frame where it has several.

    Raises UnsupportedImage, TooManyPixels (judged by the header, before any pixel is decoded), TruncatedImage.
    """
    kind = sniff(data)
    try:
        image = kind.open(io.BytesIO(data))
    except _DAMAGE as exc:
        raise TruncatedImage(f"The {kind.media_type} picture's header is incomplete or damaged.") from exc
    _refuse_too_many_pixels(image, max_pixels)
    try:
        image.load()
    except _DAMAGE as exc:
        raise TruncatedImage(f"The {kind.media_type} picture is incomplete or damaged.") from exc
    return _picture(_upright(image), kind.media_type)


def _refuse_too_many_pixels(image: Image.Image, limit: int) -> None:
    pixels = image.width * image.height
    if pixels > limit:
        raise TooManyPixels(
            f"The picture has {image.width} × {image.height} = {pixels} pixels; {limit} are allowed.",
            limit=limit,
            actual=pixels,
        )


def _upright(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG)
    except _DAMAGE:  # a picture is not worse for having damaged metadata
        return image
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _picture(image: Image.Image, media_type: str) -> Picture:
    if image.mode.startswith("I;16"):
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return Picture(np.repeat(grey[..., None], 3, axis=2), None, media_type)
    if image.mode in ("I", "F"):
        raise UnsupportedImage(f"The {media_type} picture has 32-bit samples; 8 and 16 bits are read.")
    try:
        if not image.has_transparency_data:
            return Picture(np.asarray(image.convert("RGB")), None, media_type)
        rgba = np.asarray(image.convert("RGBA"))
    except _DAMAGE as exc:
        raise UnsupportedImage(f"The {media_type} picture's colour mode is not one this service reads.") from exc
    return Picture(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]), media_type)


def model_input(picture: Picture, size: int) -> Pixels:
    """What the network sees: uint8 (size, size, 3), on white where the picture is transparent.

    One antialiased bilinear resampling, aspect ignored, as the network was trained.
    """
    image = Image.fromarray(picture.rgb)
    if picture.alpha is not None:
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=Image.fromarray(picture.alpha))
        image = ground
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))


def compose(picture: Picture, mask: Pixels) -> Pixels:
    """The cut-out: uint8 RGBA (H, W, 4), its colour 0 wherever its alpha is 0.

    `mask` is the model's alpha, uint8 (S, S); a picture's own alpha is multiplied in.
    """
    alpha = _fitted(mask, picture.width, picture.height)
    if picture.alpha is not None:
        alpha = cv2.multiply(alpha, picture.alpha, scale=1 / 255).astype(np.uint8, copy=False)
    rgba = cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2RGBA)
    cv2.insertChannel(alpha, rgba, 3)
    return np.asarray(cv2.bitwise_and(rgba, rgba, mask=alpha), np.uint8)


def _fitted(mask: Pixels, width: int, height: int) -> Pixels:
    if height < mask.shape[0] or width < mask.shape[1]:  # OpenCV's bilinear does not antialias what it shrinks
        return np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR))
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def foreground(rgba: Pixels) -> Box:
    """The smallest box around alpha > FOREGROUND_THRESHOLD; all zeros where nothing is that opaque."""
    alpha = rgba[..., 3]
    rows = np.flatnonzero(alpha.max(axis=1) > FOREGROUND_THRESHOLD)
    if not len(rows):
        return Box(0, 0, 0, 0)
    columns = np.flatnonzero(alpha.max(axis=0) > FOREGROUND_THRESHOLD)
    top, left = int(rows[0]), int(columns[0])
    return Box(top, left, width=int(columns[-1]) - left + 1, height=int(rows[-1]) - top + 1)


def refuse_unwritable(picture: Picture, output: OutputFormat) -> None:
    """Raises InvalidParameter where the picture's size does not fit the output format."""
    if output == "webp" and max(picture.width, picture.height) > WEBP_MAX_SIDE:
        raise InvalidParameter(
            f"output_format: webp has at most {WEBP_MAX_SIDE} pixels a side, "
            f"the picture is {picture.width} × {picture.height}; use png.",
            allowed=("png",),
        )


def encode(rgba: Pixels, output: OutputFormat, quality: int) -> bytes:
    """The cut-out as a file without metadata; the same pixels give the same bytes.

    `quality` 1–100 is that of WebP's colours, its alpha is exact; PNG is lossless and has none.
    """
    return _png(rgba) if output == "png" else _webp(rgba, quality)


def _png(rgba: Pixels) -> bytes:
    # Run lengths over Paeth's prediction: on photographs within 1.15 of zlib level 6's size in a tenth of its time.
    options = (
        (cv2.IMWRITE_PNG_COMPRESSION, 1),
        (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH),
        (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    )
    flat = [number for option in options for number in option]
    _, data = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), flat)
    return bytes(data)


def _webp(rgba: Pixels, quality: int) -> bytes:
    stream = io.BytesIO()
    # method 0 takes a third of the default's time for a third more bytes
    Image.fromarray(rgba).save(stream, "WEBP", quality=quality, method=0)
    return stream.getvalue()


def ramp() -> bytes:
    """A small JPEG of a grey ramp: something to work on before the first client comes."""
    levels = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 256, 3))
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(levels)).save(stream, "JPEG")
    return stream.getvalue()
