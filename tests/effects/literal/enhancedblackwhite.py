"""Black and white."""

import zlib

import numpy as np

from tests.effects.literal import Plane, Rows, gaussian, half_up, mirrored


def draw(picture: Rows, contrast: float, edge_strength: float, halation: float, grain: float) -> Rows:
    """Film curve, sharpening, halation, grain, roll-off."""
    height, width = len(picture), len(picture[0])
    places = [(y, x) for y in range(height) for x in range(width)]
    tone = [[clip(contrast * film((0.18 * r + 0.72 * g + 0.1 * b) / 255)) for r, g, b, _ in row] for row in picture]
    mean = visible_mean(tone, picture, gaussian(5, 1.2))
    for y, x in places:
        g = tone[y][x]
        tone[y][x] = clip(g + edge_strength * 4 * g * (1 - g) * (g - mean[y][x]))
    bright = [[float(tone[y][x] > 0.75 and picture[y][x][3] > 0) for x in range(width)] for y in range(height)]
    wide, near = blurred(bright, gaussian(21, 7)), blurred(bright, gaussian(9, 2.5))
    noise = film_grain(picture)
    for y, x in places:
        g = tone[y][x]
        g = clip(g + halation * (0.3 * wide[y][x] + 0.7 * near[y][x]) * (1 - g * g))
        g = clip(g + grain * min(max(1.2 - g, 0.3), 1) * noise[y][x])
        tone[y][x] = 0.95 * g + 0.05 if g > 0.9 else g
    return [
        [(*[half_up(255 * tone[y][x]) * (picture[y][x][3] > 0)] * 3, picture[y][x][3]) for x in range(width)]
        for y in range(height)
    ]


def clip(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def film(g: float) -> float:
    shadows = 0.92 * (1.1 * g) ** 1.25
    highlights = 1 - 0.95 * (1.05 * max(1 - g, 0)) ** 0.75
    share = clip((g - 0.25) / 0.3)
    return (1 - share) * shadows + share * highlights


def visible_mean(tone: Plane, picture: Rows, kernel: list[float]) -> Plane:
    """What is hidden, and what lies beyond the picture, does not count."""
    radius = len(kernel) // 2
    result = [[0.0] * len(row) for row in tone]
    for y, row in enumerate(tone):
        for x in range(len(row)):
            total = weight = 0.0
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    v, u = y + dy, x + dx
                    if 0 <= v < len(tone) and 0 <= u < len(row) and picture[v][u][3] > 0:
                        share = kernel[dy + radius] * kernel[dx + radius]
                        total, weight = total + share * tone[v][u], weight + share
            result[y][x] = total / weight if weight else 0.0
    return result


def blurred(plane: Plane, kernel: list[float]) -> Plane:
    """Beyond the picture it is dark."""
    across = [along(row, kernel) for row in plane]
    down = [along(list(column), kernel) for column in zip(*across, strict=True)]
    return [list(row) for row in zip(*down, strict=True)]


def along(line: list[float], kernel: list[float]) -> list[float]:
    radius = len(kernel) // 2
    reach = range(-radius, radius + 1)
    return [sum(kernel[d + radius] * line[x + d] for d in reach if 0 <= x + d < len(line)) for x in range(len(line))]


def film_grain(picture: Rows) -> Plane:
    height, width = len(picture), len(picture[0])
    random = np.random.Generator(
        np.random.SFC64(zlib.crc32(bytes(v for row in picture for pixel in row for v in pixel)))
    )
    fine = random.standard_normal((height, width), np.float32)
    coarse = random.standard_normal(((height + 1) // 2, (width + 1) // 2), np.float32)
    mixed = [
        [0.7 * 0.4 * float(fine[y][x]) + 0.3 * 0.6 * bilinear(coarse, y, x, height, width) for x in range(width)]
        for y in range(height)
    ]
    kernel = gaussian(3, 0.5)
    return [
        [
            sum(
                kernel[dy + 1] * kernel[dx + 1] * mixed[mirrored(y + dy, height)][mirrored(x + dx, width)]
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
            )
            for x in range(width)
        ]
        for y in range(height)
    ]


def bilinear(coarse: np.ndarray, y: int, x: int, height: int, width: int) -> float:
    """Pixels' middles lie on pixels' middles."""
    (top, bottom, down), (left, right, across) = (
        between(place, size, len_) for place, size, len_ in ((y, height, len(coarse)), (x, width, len(coarse[0])))
    )
    upper = (1 - across) * float(coarse[top][left]) + across * float(coarse[top][right])
    lower = (1 - across) * float(coarse[bottom][left]) + across * float(coarse[bottom][right])
    return (1 - down) * upper + down * lower


def between(place: int, size: int, knots: int) -> tuple[int, int, float]:
    at = min(max((place + 0.5) * knots / size - 0.5, 0), knots - 1)
    first = int(at)
    return first, min(first + 1, knots - 1), at - first
