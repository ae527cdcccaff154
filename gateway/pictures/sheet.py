"""A contact sheet: pictures in a grid, each on a card with its name beneath."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gateway.pictures.picture import Pixels

_PAPER: Final = (242, 243, 245)
_CARD: Final = (255, 255, 255)
_EDGE: Final = (223, 225, 229)
_INK: Final = (38, 41, 48)
_CHECKS: Final = (243, 255)  # grey levels: enough to tell a hole from white, too little to compete with a picture
_SHAPE: Final = 1.6  # width to height, of a page that fills a screen
_SMALLEST_TEXT: Final = 12  # pixels

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Cell(NamedTuple):
    """One picture, uint8 RGBA (H, W, 4) with straight alpha, and a caption of one line."""

    caption: str
    pixels: Pixels


class Grid(NamedTuple):
    """How many cells lie beside and above each other."""

    columns: int
    rows: int


def grid(number: int, width: float, height: float) -> Grid:
    """For `number` cells of `width` × `height`: near to a screen's shape, with few places left empty."""
    grids = (Grid(columns, math.ceil(number / columns)) for columns in range(1, number + 1))
    return min(grids, key=lambda each: _empty(each, number) + _distortion(each, width / height))


def sheet(cells: Sequence[Cell]) -> Pixels:
    """One picture of them all, uint8 RGB (H, W, 3), in their order, row by row; nothing is enlarged or shrunk.

    There is at least one cell. All cards are alike, with room for the largest picture and the longest caption.
    """
    frame = _frame(cells)
    page = Image.new("RGB", frame.page, _PAPER)
    for number, cell in enumerate(cells):
        page.paste(_card(cell, frame), frame.place(number))
    return np.array(page)


@dataclass(frozen=True)
class _Frame:
    """Measures, in pixels: `width` and `height` of the room for a picture, `line` of that for its caption."""

    number: int
    grid: Grid
    width: int
    height: int
    line: int
    space: int
    font: _Font

    @property
    def card(self) -> tuple[int, int]:
        return self.width + 2 * self.space, self.height + 2 * self.space + self.line

    @property
    def page(self) -> tuple[int, int]:
        across, down = (side + self.space for side in self.card)
        return self.grid.columns * across + 3 * self.space, self.grid.rows * down + 3 * self.space

    def place(self, number: int) -> tuple[int, int]:
        """Left and top of a card; those of a last row that is not full are centred."""
        row, column = divmod(number, self.grid.columns)
        across, down = (side + self.space for side in self.card)
        missing = max((row + 1) * self.grid.columns - self.number, 0)
        return 2 * self.space + column * across + missing * across // 2, 2 * self.space + row * down


def _empty(each: Grid, number: int) -> float:
    return each.columns * each.rows / number - 1


def _distortion(each: Grid, shape: float) -> float:
    return abs(math.log(each.columns * shape / each.rows / _SHAPE))


def _frame(cells: Sequence[Cell]) -> _Frame:
    height, width = (max(cell.pixels.shape[axis] for cell in cells) for axis in (0, 1))
    size = max(min(width, height) // 22, _SMALLEST_TEXT)
    font = ImageFont.load_default(size)
    width = max(width, *(math.ceil(font.getlength(cell.caption)) for cell in cells))
    line = 2 * size
    return _Frame(len(cells), grid(len(cells), width, height + line), width, height, line, size, font)


def _card(cell: Cell, frame: _Frame) -> Image.Image:
    card = Image.new("RGB", frame.card, _CARD)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, frame.card[0] - 1, frame.card[1] - 1), outline=_EDGE)
    height, width = cell.pixels.shape[:2]
    left, top = frame.space + (frame.width - width) // 2, frame.space + (frame.height - height) // 2
    card.paste(_on_checks(cell.pixels, frame.space // 2), (left, top))
    middle = frame.card[0] / 2, frame.card[1] - (frame.space + frame.line) / 2
    draw.text(middle, cell.caption, _INK, frame.font, anchor="mm")
    return card


def _on_checks(pixels: Pixels, side: int) -> Image.Image:
    rows, columns = np.indices(pixels.shape[:2]) // side
    board = np.where((rows + columns) % 2, *_CHECKS).astype(np.uint8)
    return Image.alpha_composite(Image.fromarray(board).convert("RGBA"), Image.fromarray(pixels)).convert("RGB")
