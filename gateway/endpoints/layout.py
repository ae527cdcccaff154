"""From parameters to a layout: colours and lengths as people write them, and what contradicts itself."""

import re
from typing import Final

from PIL import ImageColor

from gateway.endpoints.parameters import PictureParameters
from gateway.errors import InvalidParameter
from gateway.pictures.compose import NO_MARGIN, Ground, Layout, Length, Margin
from gateway.pictures.encoding.table import OutputFormat

_MAX_PIXELS: Final = 500
_MAX_PERCENT: Final = 50
_SIDES: Final = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 4: (0, 1, 2, 3)}
"""Which of the lengths given is that of top, right, bottom and left."""


def layout(asked: PictureParameters, output: OutputFormat, *, backdrop: bool) -> Layout:
    """The layout that `asked` describes, written as `output`; `backdrop` says whether a background picture came with it.

    Raises InvalidParameter for what cannot be read and for what contradicts itself.
    """
    ground = None if asked.bg_color is None else colour(asked.bg_color)
    _refuse_contradictions(asked, output, grounded=backdrop or ground is not None)
    crop, around = asked.framing
    return Layout(
        crop=crop,
        margin=NO_MARGIN if around is None else margin(around),
        max_side=asked.max_side,
        channels=asked.channels,
        grounds=() if ground is None else (ground,),
    )


def colour(text: str) -> Ground:
    """(R, G, B, A) of a CSS colour's name or of 3, 4, 6 or 8 hexadecimal digits. Raises InvalidParameter."""
    digits = text.removeprefix("#")
    written = f"#{digits}" if re.fullmatch("[0-9A-Fa-f]{3,8}", digits) else text
    try:
        red, green, blue, *alpha = ImageColor.getrgb(written)
    except ValueError as exc:
        raise InvalidParameter(
            "bg_color must be 3, 4, 6 or 8 hexadecimal digits or a CSS colour's name, such as white."
        ) from exc
    return red, green, blue, alpha[0] if alpha else 255


def margin(text: str) -> Margin:
    """1, 2 or 4 lengths, in the order of CSS. Raises InvalidParameter."""
    lengths = [_length(each) for each in text.split()]
    if len(lengths) not in _SIDES:
        raise InvalidParameter(
            "crop_margin must be 1, 2 or 4 lengths: all sides; top and bottom, left and right; each."
        )
    return Margin(*(lengths[index] for index in _SIDES[len(lengths)]))


def _length(text: str) -> Length:
    percent = text.endswith("%")
    value = float(text.rstrip("px%"))
    if value > (_MAX_PERCENT if percent else _MAX_PIXELS):
        raise InvalidParameter(f"crop_margin must be at most {_MAX_PIXELS}px or {_MAX_PERCENT}% a side.")
    return Length(value, percent)


def _refuse_contradictions(asked: PictureParameters, output: OutputFormat, *, grounded: bool) -> None:
    if asked.framing.crop == "none" and asked.framing.margin is not None:
        raise InvalidParameter("crop_margin needs crop=subject.")
    if asked.channels == "alpha" and output == "zip":
        raise InvalidParameter("channels=alpha cannot be a zip, which holds colours and alpha; use png.")
    if grounded and asked.channels == "alpha":
        raise InvalidParameter("A background cannot lie behind channels=alpha.")
    if grounded and output == "zip":
        raise InvalidParameter("A background cannot be part of a zip, which holds colours and alpha.")
