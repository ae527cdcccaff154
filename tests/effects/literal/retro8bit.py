"""The early home computer."""

from tests.effects.literal import Rows, half_up, mirrored
from tests.effects.literal.diffusion import Value, diffuse

Colour = tuple[int, ...]
Lattice = list[list[Colour | None]]


def draw(picture: Rows, preset: str, palette: list[Colour]) -> Rows:
    """Means of blocks of 6, and of 3 where there are edges, in the colours of `palette`; each pixel for `speed`."""
    if preset == "speed":
        return [[(*nearest((r, g, b), palette), a) if a else (0, 0, 0, 0) for r, g, b, a in row] for row in picture]
    fine, coarse = (drawn(means(picture, side), palette, mixed=preset == "quality") for side in (3, 6))
    edge = edges(picture)
    return [
        [
            (*(fine[y // 3][x // 3] if edge[y // 3][x // 3] else coarse[y // 6][x // 6]), a) if a else (0, 0, 0, 0)
            for x, (*_, a) in enumerate(row)
        ]
        for y, row in enumerate(picture)
    ]  # type: ignore[misc]


def nearest(colour: Colour, palette: list[Colour]) -> Colour:
    """The first of those nearest by 0.15, 0.60 and 0.25 of the channels' squares (here their hundredfold)."""
    return min(
        palette, key=lambda own: sum(w * (a - b) ** 2 for w, a, b in zip((15, 60, 25), own, colour, strict=True))
    )


def means(picture: Rows, side: int) -> Lattice:
    """Of each block, weighted by alpha; None where nothing is visible."""
    result: Lattice = []
    for top in range(0, len(picture), side):
        row: list[Colour | None] = []
        for left in range(0, len(picture[0]), side):
            block = [pixel for line in picture[top : top + side] for pixel in line[left : left + side]]
            weight = sum(pixel[3] for pixel in block)
            row.append(tuple(half_up(sum(p[c] * p[3] for p in block) / weight) for c in range(3)) if weight else None)
        result.append(row)
    return result


def drawn(lattice: Lattice, palette: list[Colour], *, mixed: bool) -> list[list[Colour]]:
    """Nearest colours, mixed by error diffusion or not."""
    if not mixed:
        return [[nearest(c, palette) if c else (0, 0, 0) for c in row] for row in lattice]
    result: list[list[Colour]] = [[(0, 0, 0)] * len(row) for row in lattice]

    def decide(y: int, x: int, come: Value) -> Value:
        colour = lattice[y][x]
        if colour is None:
            return [0.0, 0.0, 0.0]
        wanted = [min(max(own + error, 0), 255) for own, error in zip(colour, come, strict=True)]
        result[y][x] = nearest(tuple(half_up(value) for value in wanted), palette)
        return [0.75 * (value - chosen) for value, chosen in zip(wanted, result[y][x], strict=True)]

    diffuse(len(lattice), len(lattice[0]), 3, decide)
    return result


def edges(picture: Rows) -> list[list[bool]]:
    """By blocks of 3: whether Sobel's gradient exceeds 40 in a pixel of it or beside one."""
    height, width = len(picture), len(picture[0])
    grey = [[half_up((299 * r + 587 * g + 114 * b) / 1000) for r, g, b, _ in row] for row in picture]

    def at(y: int, x: int) -> int:
        return grey[mirrored(y, height)][mirrored(x, width)]

    found = [[False] * -(-width // 3) for _ in range(-(-height // 3))]
    for y in range(height):
        for x in range(width):
            across = sum(w * (at(y + d, x + 1) - at(y + d, x - 1)) for d, w in ((-1, 1), (0, 2), (1, 1)))
            down = sum(w * (at(y + 1, x + d) - at(y - 1, x + d)) for d, w in ((-1, 1), (0, 2), (1, 1)))
            if across * across + down * down > 40 * 40:
                for v in range(max(y - 1, 0), min(y + 2, height)):
                    for u in range(max(x - 1, 0), min(x + 2, width)):
                        found[v // 3][u // 3] = True
    return found
