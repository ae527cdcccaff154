"""The halftone."""

from tests.effects.literal import Rows, half_up, mirrored
from tests.effects.literal.diffusion import Value, diffuse

KERNEL = [v / 64 for v in (2, 7, 14, 18, 14, 7, 2)]
Bytes = list[list[int]]


def draw(picture: Rows, dot_size: int, pixel_spacing: int, adaptive: bool, exponent: float = 0.45) -> Rows:
    """Gamma, sharpening, threshold, error diffusion, dots."""
    height, width = len(picture), len(picture[0])
    tone = sharpened([[255 if a == 0 else gamma(r, g, b, exponent) for r, g, b, a in row] for row in picture])
    threshold = around(tone) if adaptive else [[128] * width for _ in range(height)]
    paper = [[255] * width for _ in range(height)]

    def decide(row: int, column: int, come: Value) -> Value:
        y, x = row * pixel_spacing, column * pixel_spacing
        value = come[0] + tone[y][x]
        if value >= threshold[y][x]:
            return [value - 255]
        for v in range(y, min(y + dot_size, height)):
            for u in range(x, min(x + dot_size, width)):
                paper[v][u] = 0
        return [value]

    diffuse(-(-height // pixel_spacing), -(-width // pixel_spacing), 1, decide)
    return [
        [(*[paper[y][x] * (picture[y][x][3] > 0)] * 3, picture[y][x][3]) for x in range(width)] for y in range(height)
    ]


def gamma(red: int, green: int, blue: int, exponent: float) -> int:
    grey = half_up((299 * red + 587 * green + 114 * blue) / 1000)
    return half_up(255 * (grey / 255) ** exponent)


def sharpened(tone: Bytes) -> Bytes:
    """0.3 of Laplace's operator over the eight neighbours, an eighth of it."""
    height, width = len(tone), len(tone[0])
    result = []
    for y in range(height):
        row = []
        for x in range(width):
            neighbours = sum(
                tone[mirrored(y + dy, height)][mirrored(x + dx, width)]
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
                if dy or dx
            )
            row.append(half_up((80 * tone[y][x] + 3 * (8 * tone[y][x] - neighbours)) / 80))
        result.append(row)
    return result


def around(tone: Bytes) -> Bytes:
    """The threshold that follows the surroundings."""
    height, width = len(tone), len(tone[0])
    across = [
        [sum(KERNEL[d] * row[mirrored(x + d - 3, width)] for d in range(7)) for x in range(width)] for row in tone
    ]
    mean = [
        [sum(KERNEL[d] * across[mirrored(y + d - 3, height)][x] for d in range(7)) for x in range(width)]
        for y in range(height)
    ]
    return [[half_up((7 * value + 3 * 128) / 10) for value in row] for row in mean]
