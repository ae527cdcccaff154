"""`gateway effects`: one photo in every effect that the service offers, on one sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import numpy as np
from PIL import Image
from rich.console import Console

from gateway import logs
from gateway.commands.drawings import drawings
from gateway.commands.failure import Failure
from gateway.commands.files import STDIN, read, write
from gateway.commands.running import model_parameter, with_service
from gateway.errors import GatewayError
from gateway.models import OFFERED, Offered
from gateway.pictures.compose import fitted
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import read_header
from gateway.pictures.encoding.encode import encode
from gateway.pictures.encoding.table import OutputFormat
from gateway.pictures.picture import Pixels
from gateway.pictures.sheet import Cell, sheet
from gateway.settings import Settings, SettingsError

FORMATS: Final[Mapping[str, OutputFormat]] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
"""Of a sheet, by the file's suffix."""
_QUALITY: Final = 90
_TALLEST: Final = 4 / 3  # heights to widths of pictures: a narrower one is less wide


@dataclass(frozen=True)
class Options:
    """What the command line asks for: `width` in pixels of each picture; `url` None takes a running service or starts one."""

    photo: Path
    output: Path
    width: int
    url: str | None


class Photo(NamedTuple):
    """The file, and its `pixels` at the size of the sheet's pictures: uint8 RGBA (H, W, 4), the longer side `side`."""

    data: bytes
    pixels: Pixels
    side: int


def run(settings: Settings, environ: Mapping[str, str], options: Options, offered: Offered = OFFERED) -> int:
    """0 when the sheet was written, 1 when it was not. Raises as `with_service`, and SettingsError for an unknown suffix."""
    logs.configure("error", settings.log_format)
    output, console = _format(options.output), Console(stderr=True)
    model = model_parameter(settings, offered)
    try:
        photo = fitting(read(options.photo), options.width, settings.max_pixels)
        page = with_service(
            settings, environ, options.url, lambda client: _page(client, photo, model, console), offered, console
        )
        write(options.output, encode(page, output, _QUALITY))
    except Failure as error:
        console.print(f"{options.photo}: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    return 0


async def _page(client: httpx.AsyncClient, photo: Photo, model: Mapping[str, str], console: Console) -> Pixels:
    with console.status("Drawing"):
        drawn = [cell async for cell in drawings(client, photo.data, photo.side, model)]
    return sheet([Cell("photo", photo.pixels), *drawn])


def fitting(data: bytes, width: int, max_pixels: int) -> Photo:
    """The photo in `data`, at most `width` pixels wide, and a third more high. Raises Failure."""
    try:
        header = read_header(data, max_pixels)
        scale = min(width / header.width, width * _TALLEST / header.height, 1)
        side = max(round(max(header.width, header.height) * scale), 1)
        image = Image.fromarray(decode(data, header, side).pixels)
    except GatewayError as error:
        raise Failure(error.detail) from error
    size = fitted(header.width, header.height, side)
    return Photo(data, np.asarray(image.resize(size, Image.Resampling.LANCZOS)), side)


def _format(output: Path) -> OutputFormat:
    if output == STDIN:
        return "png"
    if output.suffix.lower() not in FORMATS:
        allowed = ", ".join(FORMATS)
        raise SettingsError(f"-o must name a file ending in {allowed}, or - for standard output, not {str(output)!r}")
    return FORMATS[output.suffix.lower()]
